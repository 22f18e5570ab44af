// actors/description/README.md, "Loading and saving": states by key that
// are loaded when they begin and saved when they end, in virtual time.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/archived_rooms.hpp"

namespace loaded_states_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(loaded_states, busy_archived_rooms)

BOOST_AUTO_TEST_CASE(a_state_begins_as_it_was_saved) {
  kept.visits["a"] = 7;
  alice.push("rooms/a/", "visit").expect_reply(200, 8);
  alice.push("rooms/a/", "leave").expect_reply(200, 9);
  BOOST_TEST(written() == (lines{"load a", "open 7", "save a", "saved a"}));
  bob.push("rooms/a/", "visit").expect_reply(200, 10);
  bob.push("rooms/b/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(messages_wait_for_the_load_in_their_order) {
  kept.load_time = 5s;
  auto first = alice.push("rooms/a/", "visit");
  auto second = bob.push("rooms/a/", "visit");
  auto third = bob.push("rooms/a/", "visit");
  stage.advance(4'990ms);
  alice.expect_nothing();
  bob.expect_nothing();
  BOOST_TEST(written() == lines{"load a"});
  stage.advance(10ms);
  first.expect_reply(200, 1);
  second.expect_reply(200, 2);
  third.expect_reply(200, 3);
  BOOST_TEST(written() == (lines{"open 0", "open 1"}));
}

BOOST_AUTO_TEST_CASE(another_key_does_not_wait_for_it) {
  kept.load_time = 5s;
  auto waits = alice.push("rooms/a/", "visit");
  alice.expect_nothing();
  kept.load_time = 0s;
  bob.push("rooms/b/", "visit").expect_reply(200, 1);
  stage.advance(5s);
  waits.expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(one_that_is_unused_is_saved_before_it_ends) {
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  kept.save_time = 5s;
  stage.advance(1min);
  BOOST_TEST(written() == (lines{"load a", "open 0", "save a"}));
  auto waits = bob.push("rooms/a/", "visit");
  stage.advance(4'980ms);
  bob.expect_nothing();
  BOOST_TEST(written().empty());
  stage.advance(20ms);
  waits.expect_reply(200, 2);
  BOOST_TEST(written() == (lines{"saved a", "load a", "open 1"}));
}

BOOST_AUTO_TEST_CASE(a_timer_may_save_and_the_end_waits_for_it) {
  alice.push("rooms/a/", "tick").expect_reply(200);
  kept.save_time = 5s;
  stage.advance(30s);
  BOOST_TEST(written() == (lines{"load a", "open 0", "save a"}));
  bob.push("rooms/a/", "leave").expect_reply(200, 1);
  stage.advance(5s);
  BOOST_TEST(written() == (lines{"open 0", "saved a", "save a"}));
  stage.advance(5s);
  BOOST_TEST(written() == lines{"saved a"});
  BOOST_TEST(kept.visits["a"] == 1);
}

BOOST_AUTO_TEST_CASE(no_timer_runs_while_it_is_saved) {
  alice.push("rooms/a/", "tick").expect_reply(200);
  stage.advance(30s);
  written();
  kept.save_time = 9s;
  stage.advance(30s);
  BOOST_TEST(written() == lines{"save a"});
  // The other timer would be due by now.
  stage.advance(9s);
  BOOST_TEST(written() == lines{"saved a"});
}

BOOST_AUTO_TEST_CASE(when_the_server_stops_all_of_them_are_saved) {
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  alice.push("rooms/b/", "visit").expect_reply(200, 1);
  kept.load_time = 5s;
  auto loading = bob.push("rooms/c/", "visit");
  bob.expect_nothing();
  stage.stop();
  BOOST_TEST(kept.visits["a"] == 1);
  BOOST_TEST(kept.visits["b"] == 1);
  alice.push("rooms/a/", "visit").expect_reply(503);
  alice.push("rooms/d/", "visit").expect_reply(503);
  stage.advance(5s);
  loading.expect_reply(503);
}

BOOST_AUTO_TEST_CASE(it_does_not_end_while_messages_wait_for_it) {
  kept.load_time = 9s;
  world other{
      at(begin_room().lives_for(lifetime::key("room", {.unused_for = 2s})))};
  auto carol = other.connect("/ws/");
  auto visit = carol.push("rooms/a/", "visit");
  other.advance(9s);
  visit.expect_reply(200, 1);
  kept.load_time = 0s;
  written();
  other.advance(2s);
  BOOST_TEST(written() == (lines{"save a", "saved a"}));
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_meanwhile_does_no_harm) {
  kept.load_time = 5s;
  alice.push("rooms/a/", "visit");
  auto waits = bob.push("rooms/a/", "visit");
  alice.disconnect(close_code::none);
  stage.advance(5s);
  waits.expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(one_that_ends_itself_while_it_is_loaded_makes_way) {
  int loads = 0;
  world other{at(handler<archived_room>(
                     "room",
                     [&](const state_context& self) -> task<archived_room> {
                       if (++loads == 1)
                         self.end();
                       co_await self.sleep(1s);
                       co_return archived_room{10 * loads};
                     })
                     .lives_for(lifetime::key("room"))
                     .on_end([&](const archived_room& state) {
                       kept.written.push_back("end "
                                              + std::to_string(state.visits));
                     }))};
  auto carol = other.connect("/ws/");
  auto visit = carol.push("rooms/a/", "visit");
  other.advance(2s);
  visit.expect_reply(200, 21);
  BOOST_TEST(written() == lines{"end 10"});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace loaded_states_suite
