#include "stagedoor/actors/operators/metric_family.hpp"

#include <chrono>
#include <limits>
#include <utility>

namespace stagedoor {

using prometheus::ClientMetric;
using prometheus::MetricType;

family_writer& family_writer::add(label_list labels, std::uint64_t value) {
  ClientMetric sample;
  sample.label = std::move(labels);
  auto number = static_cast<double>(value);
  if (family_.type == MetricType::Counter)
    sample.counter.value = number;
  else
    sample.gauge.value = number;
  family_.metric.push_back(std::move(sample));
  return *this;
}

void family_writer::add(label_list labels, ClientMetric::Histogram times) {
  add_times(times, {}); // Gives the buckets to one that has none.
  ClientMetric sample;
  sample.label = std::move(labels);
  sample.histogram = std::move(times);
  family_.metric.push_back(std::move(sample));
}

family_writer counter(std::string name, std::string help) {
  return {MetricType::Counter, std::move(name), std::move(help)};
}

family_writer gauge(std::string name, std::string help) {
  return {MetricType::Gauge, std::move(name), std::move(help)};
}

family_writer histogram(std::string name, std::string help) {
  return {MetricType::Histogram, std::move(name), std::move(help)};
}

void add_times(ClientMetric::Histogram& sum, const time_tally& times) {
  using seconds = std::chrono::duration<double>;
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  sum.bucket.resize(time_tally::bounds.size() + 1);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < sum.bucket.size(); ++i) {
    so_far += times.bucket(i);
    sum.bucket[i].cumulative_count += so_far;
    sum.bucket[i].upper_bound = i < time_tally::bounds.size()
                                    ? seconds{time_tally::bounds[i]}.count()
                                    : infinity;
  }
  sum.sample_count += so_far;
  sum.sample_sum += seconds{times.sum()}.count();
}

} // namespace stagedoor
