#include "stagedoor/actors/operators/sampler.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace sampler_suite {

namespace {

/// How many of the first ones are chosen.
/// @param step only each so-manieth is looked at.
std::size_t chosen(std::uint32_t one_in, std::size_t count,
                   std::size_t step = 1, std::uint64_t seed = 0) {
  stagedoor::sampler subject{one_in, seed};
  std::size_t result = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (subject.choose() && i % step == 0)
      ++result;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sampler)

BOOST_AUTO_TEST_CASE(one_in_one_is_each_and_zero_is_none) {
  BOOST_TEST(chosen(1, 1000) == 1000u);
  BOOST_TEST(chosen(0, 1000) == 0u);
}

BOOST_AUTO_TEST_CASE(about_one_in_so_many_is_chosen) {
  // The numbers are always the same; the bounds are six deviations away.
  for (const std::uint64_t seed : {0U, 1U, 7U}) {
    const auto halves = chosen(2, 160'000, 1, seed);
    BOOST_TEST(halves > 78'800u);
    BOOST_TEST(halves < 81'200u);
    const auto sixteenths = chosen(16, 160'000, 1, seed);
    BOOST_TEST(sixteenths > 9'400u);
    BOOST_TEST(sixteenths < 10'600u);
  }
}

BOOST_AUTO_TEST_CASE(what_comes_in_turn_is_chosen_as_often_as_it_comes) {
  for (const std::size_t step : {2U, 4U, 16U, 32U}) {
    const auto expected = 1'600'000 / step / 16;
    const auto count = chosen(16, 1'600'000, step);
    BOOST_TEST(count > expected * 9 / 10, "step " << step << ": " << count);
    BOOST_TEST(count < expected * 11 / 10, "step " << step << ": " << count);
  }
}

BOOST_AUTO_TEST_CASE(the_largest_number_chooses_hardly_any) {
  BOOST_TEST(chosen(std::numeric_limits<std::uint32_t>::max(), 100'000) <= 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sampler_suite
