#include "load/latency_histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace latency_histogram_suite {

// What a latency is told as is never less than it was, and at most 1 % more.

using namespace std::chrono_literals;
namespace load = stagedoor::load;

namespace {

constexpr double error_max = load::latency_histogram::relative_error;
/// Of the arithmetic with logarithms.
constexpr double rounding = 1e-9;

double us(std::chrono::nanoseconds from) {
  return static_cast<double>(from.count()) / 1000;
}

/// Whether `told` is what a histogram may tell `truth` as.
bool close_above(double told, double truth) {
  return told >= truth * (1 - rounding)
         && told <= truth * (1 + error_max) * (1 + rounding);
}

} // namespace

BOOST_AUTO_TEST_SUITE(latency_histogram)

BOOST_AUTO_TEST_CASE(is_empty_at_first) {
  load::latency_histogram empty;
  BOOST_TEST(empty.count() == 0U);
  BOOST_TEST(empty.bins().empty());
  for (auto value : {empty.min_us(), empty.mean_us(), empty.max_us(),
                     empty.percentile_us(50)})
    BOOST_TEST(value == 0);
}

BOOST_AUTO_TEST_CASE(errs_by_one_percent_at_most) {
  // Beside a greater one, as nothing is told as more than the greatest.
  for (double truth = 1000; truth < 99e9; truth *= 1.0037) {
    std::chrono::nanoseconds latency{static_cast<std::int64_t>(truth)};
    load::latency_histogram one;
    one.record(latency);
    one.record(99s);
    BOOST_TEST(close_above(one.percentile_us(50), us(latency)),
               us(latency) << " is told as " << one.percentile_us(50));
  }
}

BOOST_AUTO_TEST_CASE(tells_percentiles_as_a_sorted_list_does) {
  std::mt19937_64 random{42};
  std::lognormal_distribution<double> spread{11, 2};
  load::latency_histogram all;
  std::vector<std::chrono::nanoseconds> sorted;
  for (int i = 0; i < 20'000; ++i) {
    std::chrono::nanoseconds latency{
        1000 + static_cast<std::int64_t>(spread(random))};
    all.record(latency);
    sorted.push_back(latency);
  }
  std::sort(sorted.begin(), sorted.end());
  for (double percent : {0.1, 10., 50., 75., 90., 95., 99., 99.9, 100.}) {
    auto rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    auto truth = us(sorted[static_cast<std::size_t>(rank) - 1]);
    BOOST_TEST(close_above(all.percentile_us(percent), truth),
               percent << " % is " << truth << ", told as "
                       << all.percentile_us(percent));
  }
  BOOST_TEST(all.min_us() == us(sorted.front()));
  BOOST_TEST(all.max_us() == us(sorted.back()));
}

BOOST_AUTO_TEST_CASE(keeps_least_greatest_and_mean_exactly) {
  load::latency_histogram all;
  for (auto latency : {1234ns, 5678ns, 91'011ns})
    all.record(latency);
  BOOST_TEST(all.min_us() == 1.234);
  BOOST_TEST(all.max_us() == 91.011);
  BOOST_TEST(all.mean_us() == 32.641, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(counts_what_is_out_of_its_range) {
  load::latency_histogram all;
  for (auto latency : {0ns, 1ns, 999ns})
    all.record(latency);
  all.record(200s);
  BOOST_TEST(all.count() == 4U);
  BOOST_TEST(all.percentile_us(50) <= 1.0);
  BOOST_TEST(all.percentile_us(100) == 200e6);
  std::uint64_t binned = 0;
  for (const auto& [bound, count] : all.bins())
    binned += count;
  BOOST_TEST(binned == 4U);
}

BOOST_AUTO_TEST_CASE(adds_up) {
  load::latency_histogram whole;
  load::latency_histogram even;
  load::latency_histogram odd;
  for (int i = 1; i <= 1000; ++i) {
    whole.record(i * 7us);
    (i % 2 == 0 ? even : odd).record(i * 7us);
  }
  even += odd;
  BOOST_TEST(even.count() == whole.count());
  BOOST_TEST((even.bins() == whole.bins()));
  BOOST_TEST(even.min_us() == whole.min_us());
  BOOST_TEST(even.mean_us() == whole.mean_us());
  BOOST_TEST(even.max_us() == whole.max_us());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace latency_histogram_suite
