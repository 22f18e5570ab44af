#include "load/latency_histogram.hpp"

#include <boost/histogram/indexed.hpp>
#include <boost/histogram/make_histogram.hpp>

#include <algorithm>
#include <cmath>

namespace stagedoor::load {

namespace {

constexpr double least_us = 1;
constexpr double greatest_us = 100e6;
constexpr double ns_per_us = 1000;
constexpr double percent_max = 100;

/// As many bins as make each 1 % wider than the one before, or less.
unsigned bin_count() {
  return static_cast<unsigned>(
      std::ceil(std::log(greatest_us / least_us)
                / std::log1p(latency_histogram::relative_error)));
}

double us(latency_histogram::duration value) {
  return static_cast<double>(value.count()) / ns_per_us;
}

} // namespace

latency_histogram::latency_histogram()
    : histogram_(boost::histogram::make_histogram_with(
        boost::histogram::storage_adaptor<std::vector<std::uint64_t>>{},
        axis{bin_count(), least_us, greatest_us})) {}

void latency_histogram::record(duration latency) {
  histogram_(us(latency));
  ++count_;
  min_ = std::min(min_, latency);
  max_ = std::max(max_, latency);
  sum_ += static_cast<double>(latency.count());
}

latency_histogram&
latency_histogram::operator+=(const latency_histogram& other) {
  histogram_ += other.histogram_;
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  return *this;
}

double latency_histogram::min_us() const {
  return count_ == 0 ? 0 : us(min_);
}

double latency_histogram::mean_us() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_) / ns_per_us;
}

double latency_histogram::max_us() const {
  return us(max_);
}

double latency_histogram::percentile_us(double percent) const {
  auto share = percent / percent_max * static_cast<double>(count_);
  auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share)));
  std::uint64_t seen = 0;
  for (const auto& [bound, count] : bins()) {
    seen += count;
    if (seen >= rank)
      return bound;
  }
  return max_us();
}

std::vector<std::pair<double, std::uint64_t>> latency_histogram::bins() const {
  std::vector<std::pair<double, std::uint64_t>> result;
  for (auto&& cell :
       boost::histogram::indexed(histogram_, boost::histogram::coverage::all))
    // What is above the greatest was no longer than the longest.
    if (*cell > 0)
      result.emplace_back(std::min(cell.bin().upper(), max_us()), *cell);
  return result;
}

} // namespace stagedoor::load
