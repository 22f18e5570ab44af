#include "stagedoor/actors/operators/slow_log.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/actor_world.hpp"

namespace slow_log_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr auto line_pause = operator_limits::slow_line_pause;

const std::string line = "warning here: action \"work\" took 1500 ms "
                         "(permissions 200 ms, action 1300 ms), status 200, "
                         "connection 7\n";

struct slow_fixture {
  actor_world world;
  stagedoor::slow_log subject{world.home(), world.shared()->log, 1s, "here"};

  void add() { subject.add({"work", 200ms, 1300ms, 200, 7}); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_log, slow_fixture)

BOOST_AUTO_TEST_CASE(wants_what_took_the_threshold_or_longer) {
  BOOST_TEST(subject.wants(1s));
  BOOST_TEST(!subject.wants(1s - 1ns));
}

BOOST_AUTO_TEST_CASE(wants_nothing_with_a_threshold_of_zero) {
  const stagedoor::slow_log off{world.home(), world.shared()->log, 0s, "here"};
  BOOST_TEST(!off.wants(24h));
  BOOST_TEST(!off.wants(0s));
}

BOOST_AUTO_TEST_CASE(says_where_the_time_went) {
  add();
  BOOST_TEST(world.log() == line);
}

BOOST_AUTO_TEST_CASE(logs_a_line_per_pause_and_says_how_many_more_there_were) {
  for (int i = 0; i < 4; ++i)
    add();
  BOOST_TEST(world.log() == line);
  world.advance(line_pause - 10ms);
  add();
  BOOST_TEST(world.log() == line);
  world.advance(10ms);
  const auto more = line
                    + "warning here: 4 more messages took as long, and are "
                      "not logged\n";
  BOOST_TEST(world.log() == more);
  add();
  BOOST_TEST(world.log() == more + line);
}

BOOST_AUTO_TEST_CASE(says_nothing_of_none) {
  add();
  world.advance(2 * line_pause);
  BOOST_TEST(world.log() == line);
  add();
  BOOST_TEST(world.log() == line + line);
}

BOOST_AUTO_TEST_CASE(a_place_logs_whatever_others_log) {
  stagedoor::slow_log other{world.home(), world.shared()->log, 1s, "there"};
  add();
  other.add({"work", 1s, 0s, 504, 8});
  BOOST_TEST(world.log()
             == line
                    + "warning there: action \"work\" took 1000 ms "
                      "(permissions 1000 ms, action 0 ms), status 504, "
                      "connection 8\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace slow_log_suite
