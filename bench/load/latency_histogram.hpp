#pragma once

#include <boost/histogram/axis/regular.hpp>
#include <boost/histogram/histogram.hpp>
#include <boost/histogram/storage_adaptor.hpp>

#include <chrono>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

namespace stagedoor::load {

/// Latencies in bins that each are 1 % wider than the one before. A value that
/// it tells is the upper bound of a bin: not less than the true one, and above
/// it by `relative_error` at most. From 1 µs to 100 s; least, greatest and mean
/// are exact.
/// Thread rule: one thread; each has its own, and they are added up.
class latency_histogram {
public:
  using duration = std::chrono::nanoseconds;

  static constexpr double relative_error = 0.01;

  latency_histogram();

  void record(duration latency);

  latency_histogram& operator+=(const latency_histogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// All in microseconds; 0 if nothing was recorded.
  [[nodiscard]] double min_us() const;
  [[nodiscard]] double mean_us() const;
  [[nodiscard]] double max_us() const;
  /// @param percent from 0 to 100: so much of what was recorded took no longer.
  [[nodiscard]] double percentile_us(double percent) const;

  /// The bins with something in them: upper bound in microseconds, count.
  [[nodiscard]] std::vector<std::pair<double, std::uint64_t>> bins() const;

private:
  using axis =
      boost::histogram::axis::regular<double,
                                      boost::histogram::axis::transform::log>;
  using histogram = boost::histogram::histogram<
      std::tuple<axis>,
      boost::histogram::storage_adaptor<std::vector<std::uint64_t>>>;

  histogram histogram_;
  std::uint64_t count_ = 0;
  duration min_ = duration::max();
  duration max_{0};
  /// In ns: 2^53 are a hundred days.
  double sum_ = 0;
};

} // namespace stagedoor::load
