#include "load/schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>

#include "load/due_times.hpp"

namespace schedule_suite {

// When messages of an open loop are due, and since when each waits.

using namespace std::chrono_literals;
using stagedoor::load::due_times;

namespace {

using time_point = stagedoor::load::schedule::time_point;

constexpr time_point start{1h};

} // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(spaces_messages_evenly) {
  stagedoor::load::schedule due{start, 1000};
  BOOST_TEST((due.take() == start));
  BOOST_TEST((due.take() == start + 1ms));
  BOOST_TEST((due.take() == start + 2ms));
  BOOST_TEST((due.next() == start + 3ms));
}

BOOST_AUTO_TEST_CASE(tells_what_is_due) {
  stagedoor::load::schedule due{start, 10};
  BOOST_TEST(!due.due(start - 1ns));
  BOOST_TEST(due.due(start));
  due.take();
  BOOST_TEST(!due.due(start + 100ms - 1ns));
  BOOST_TEST(due.due(start + 100ms));
}

BOOST_AUTO_TEST_CASE(does_not_forget_what_was_due_meanwhile) {
  stagedoor::load::schedule due{start, 1000};
  int taken = 0;
  // Nobody looked for a second.
  while (due.due(start + 1s)) {
    BOOST_TEST((due.take() == start + taken * 1ms));
    ++taken;
  }
  BOOST_TEST(taken == 1001);
}

BOOST_AUTO_TEST_CASE(does_not_drift) {
  // Of an interval that is no whole number of nanoseconds.
  stagedoor::load::schedule due{start, 30'000};
  constexpr std::int64_t minutes = 10;
  for (std::int64_t i = 0; i < minutes * 60 * 30'000; ++i)
    due.take();
  auto error = due.next() - (start + std::chrono::minutes{minutes});
  BOOST_TEST((error >= -1us && error <= 1us));
}

BOOST_AUTO_TEST_CASE(gives_due_times_back_in_order) {
  due_times waiting;
  int pushed = 0;
  int popped = 0;
  // Grows while its oldest is anywhere in the ring.
  for (int round = 1; round <= 40; ++round) {
    for (int i = 0; i < round; ++i)
      waiting.push(start + 1ns * pushed++);
    for (int i = 0; i < round / 2 + 1 && !waiting.empty(); ++i)
      BOOST_TEST((waiting.pop() == start + 1ns * popped++));
  }
  while (!waiting.empty())
    BOOST_TEST((waiting.pop() == start + 1ns * popped++));
  BOOST_TEST(popped == pushed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace schedule_suite
