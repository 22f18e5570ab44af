// actors/description/README.md, "Loading and saving": what fails while a
// state by key is loaded or saved, in virtual time.

#include <caf/event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/archived_rooms.hpp"

namespace loaded_state_faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

constexpr auto failed = "A server error occurred.";

} // namespace

BOOST_FIXTURE_TEST_SUITE(loaded_state_faults, busy_archived_rooms)

BOOST_AUTO_TEST_CASE(a_load_that_throws_is_a_500_and_is_tried_again) {
  kept.failures = 1;
  kept.load_time = 1s;
  auto first = alice.push("rooms/a/", "visit");
  auto second = bob.push("rooms/a/", "visit");
  stage.advance(1s);
  first.expect_errors(500, {{{"detail", failed}}});
  second.expect_errors(500, {{{"detail", failed}}});
  BOOST_TEST(stage.logged("a coroutine of handler \"room\" threw: no disk"));
  BOOST_TEST(
      stage.logged("handler \"room\": the state of the key \"a\" has not "
                   "been loaded (500)"));
  BOOST_TEST(written() == lines{"load a"});
  kept.load_time = 0s;
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  BOOST_TEST(written() == (lines{"load a", "open 0"}));
}

BOOST_AUTO_TEST_CASE(so_is_one_that_throws_at_once) {
  kept.failures = 1;
  alice.push("rooms/a/", "visit").expect_errors(500, {{{"detail", failed}}});
  BOOST_TEST(
      stage.logged("handler \"room\": the state of the key \"a\" has not "
                   "been loaded (500)"));
  bob.push("rooms/a/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_load_that_is_late_is_a_504) {
  kept.load_time = 10s;
  auto first = alice.push("rooms/a/", "visit");
  stage.advance(5s);
  auto second = bob.push("rooms/a/", "visit");
  stage.advance(5s);
  first.expect_errors(504, {{{"detail", "Request timed out."}}});
  second.expect_errors(504, {{{"detail", "Request timed out."}}});
  BOOST_TEST(stage.logged("the state of the key \"a\" has not been loaded "
                          "(504)"));
  // One tick less is enough.
  kept.load_time = 9'990ms;
  auto third = bob.push("rooms/a/", "visit");
  stage.advance(9'990ms);
  third.expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_saved_ends_all_the_same) {
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  kept.failures = 1;
  alice.push("rooms/a/", "leave").expect_reply(200, 2);
  BOOST_TEST(stage.logged("a coroutine of handler \"room\" threw: no disk"));
  BOOST_TEST(stage.logged("the state of the key \"a\" has not been saved "
                          "(500)"));
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_save_that_is_late_is_given_up) {
  kept.save_time = 10s;
  alice.push("rooms/a/", "leave").expect_reply(200, 1);
  stage.advance(9s);
  auto waits = bob.push("rooms/a/", "visit");
  bob.expect_nothing();
  stage.advance(1s);
  waits.expect_reply(200, 1);
  BOOST_TEST(stage.logged("the state of the key \"a\" has not been saved "
                          "(504)"));
  BOOST_TEST(written()
             == (lines{"load a", "open 0", "save a", "load a", "open 0"}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_of_a_timer_that_fails_is_logged) {
  alice.push("rooms/a/", "tick").expect_reply(200);
  kept.failures = 1;
  stage.advance(30s);
  BOOST_TEST(stage.logged("a coroutine of handler \"room\" threw: no disk"));
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(one_that_dies_is_not_saved) {
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  alice.push("rooms/a/", "crash").expect_reply(500);
  alice.push("rooms/a/", "visit").expect_reply(200, 1);
  BOOST_TEST(written() == (lines{"load a", "open 0", "load a", "open 0"}));
}

BOOST_AUTO_TEST_CASE(one_that_is_no_state_at_all_is_a_500) {
  world other{
      at(handler<archived_room>("room",
                                [](const state_context& self)
                                    -> task<std::unique_ptr<archived_room>> {
                                  co_await self.sleep(1s);
                                  co_return nullptr;
                                })
             .lives_for(lifetime::key("room")))};
  auto carol = other.connect("/ws/");
  auto visit = carol.push("rooms/a/", "visit");
  other.advance(1s);
  visit.expect_reply(500);
  BOOST_TEST(other.logged("threw: what makes the state has returned null"));
}

BOOST_AUTO_TEST_CASE(a_state_that_quits_while_it_is_loaded_is_a_503) {
  bool quits = true;
  world other{at(handler<archived_room>(
                     "room",
                     [&](const state_context& self) -> task<archived_room> {
                       co_await self.sleep(1s);
                       if (std::exchange(quits, false))
                         self.self()->quit(caf::exit_reason::kill);
                       co_await self.sleep(1s);
                       co_return archived_room{};
                     })
                     .lives_for(lifetime::key("room")))};
  auto carol = other.connect("/ws/");
  auto dave = other.connect("/ws/");
  auto first = carol.push("rooms/a/", "visit");
  auto second = dave.push("rooms/a/", "visit");
  other.advance(1s);
  // The next one is loaded at once.
  other.advance(2s);
  first.expect_reply(200, 1);
  second.expect_reply(200, 2);
  BOOST_TEST(other.logged("a runner of handler \"room\" died: "));
}

BOOST_AUTO_TEST_CASE(both_need_a_key) {
  const auto fault = [](handler_spec subject) {
    try {
      world other{endpoint("/ws/").route("rooms/$", std::move(subject))};
    } catch (const failure& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  constexpr auto text = "handler \"room\" has a state that is loaded or an "
                        "on_end, but does not live by key";
  BOOST_TEST(fault(handler<archived_room>(
                       "room",
                       [](const state_context&) -> task<archived_room> {
                         co_return archived_room{};
                       }))
                 .find(text)
             != std::string::npos);
  BOOST_TEST(fault(handler<archived_room>("room").on_end([](archived_room&) {
             })).find(text)
             != std::string::npos);
  BOOST_TEST(fault(handler<archived_room>("room")).empty());
}

BOOST_AUTO_TEST_CASE(an_actor_may_load_it) {
  std::optional<caf::actor> shelf;
  world other;
  shelf = other.system().spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const std::string& key) {
      return static_cast<std::int64_t>(key.size());
    }};
  });
  auto ask =
      [&](const state_context& self) -> task<std::unique_ptr<archived_room>> {
    const auto visits = co_await self.ask<std::int64_t>(*shelf, 1s, self.key());
    co_return std::make_unique<archived_room>(archived_room{visits});
  };
  other.serve({at(
      handler<archived_room>("room", ask).lives_for(lifetime::key("room")))});
  auto carol = other.connect("/ws/");
  carol.push("rooms/abc/", "visit").expect_reply(200, 4);
  caf::anon_send_exit(*shelf, caf::exit_reason::kill);
  other.settle();
  carol.push("rooms/abc/", "visit").expect_reply(200, 5);
  carol.push("rooms/abcd/", "visit").expect_reply(503);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace loaded_state_faults_suite
