#pragma once

#include "stagedoor/actors/operators/tally.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

using label_list = std::vector<prometheus::ClientMetric::Label>;

/// Makes a family of metrics for Prometheus, sample by sample.
class family_writer {
public:
  family_writer(prometheus::MetricType type, std::string name, std::string help)
      : family_{std::move(name), std::move(help), type, {}} {}

  family_writer& add(label_list labels, std::uint64_t value);

  /// Adds times, which may be none at all.
  void add(label_list labels, prometheus::ClientMetric::Histogram times);

  prometheus::MetricFamily done() { return std::move(family_); }

private:
  prometheus::MetricFamily family_;
};

family_writer counter(std::string name, std::string help);
family_writer gauge(std::string name, std::string help);
family_writer histogram(std::string name, std::string help);

/// Adds the times of a unit to those of the others.
void add_times(prometheus::ClientMetric::Histogram& sum,
               const time_tally& times);

} // namespace stagedoor
