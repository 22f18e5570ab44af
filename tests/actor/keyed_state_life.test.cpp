// The life of a state by key, from the first message of its key to its end, in
// virtual time.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyed_state_life_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

/// What becomes of the states of a test.
struct diary {
  lines written;
  /// States that are alive, by key.
  std::map<std::string, int> alive;
};

/// A state that may be neither copied nor moved.
class room {
public:
  room(const state_context& self, diary& notes) : self_(self), notes_(notes) {
    BOOST_TEST(++notes_.alive[self_.key()] == 1);
    notes_.written.push_back("begin " + self_.key());
  }

  ~room() {
    --notes_.alive[key_];
    notes_.written.push_back("end " + key_);
  }

  room(const room&) = delete;
  room& operator=(const room&) = delete;

  [[nodiscard]] const state_context& self() const { return self_; }

  void note(const std::string& text) {
    notes_.written.push_back(text + ' ' + self_.key());
  }

  std::int64_t visits = 0;
  std::optional<deferred> owed;

private:
  state_context self_;
  diary& notes_;
  /// The context is for the life of the actor, which is over at the end.
  std::string key_ = self_.key();
};

struct rooms {
  endpoint_spec at(key_bounds bounds = {}) {
    return endpoint("/ws/").route(
        R"(rooms/(?P<room>\w+)/$)",
        handler<room>("room",
                      [this](const state_context& self) {
                        return room{self, notes};
                      })
            .lives_for(lifetime::key("room", bounds))
            .on_open([](const context&, room& state) { state.note("open"); })
            .on_close([](const context&, room& state) { state.note("close"); })
            .action("visit", [](room& state) { return ok(++state.visits); })
            .action("leave",
                    [](room& state, const context& ctx) {
                      ctx.state().end();
                      return ok(++state.visits);
                    })
            .action(
                "owe",
                [](room& state, const context& ctx) {
                  state.owed = ctx.defer();
                  return *state.owed;
                },
                concurrent)
            .action("pay",
                    [](room& state) {
                      state.owed->answer(ok("paid"));
                      return ok();
                    })
            .action("tick",
                    [](room& state, const context& ctx) {
                      ctx.state().run_after(1min,
                                            [&state] { state.note("tick"); });
                      ctx.run_after(1min, [&state] { state.note("mine"); });
                      return ok();
                    })
            .action("fall",
                    [](room&, const context& ctx) {
                      ctx.state().run_after(
                          1s, [] { throw std::runtime_error("tired"); });
                      return ok();
                    })
            .action("crash", [](room& state, const context&) {
              state.self().self()->quit(caf::exit_reason::user_shutdown);
            }));
  }

  diary notes;
};

struct fixture : rooms {
  void visit(client& visitor, const std::string& key, std::int64_t visits) {
    visitor.push("rooms/" + key + "/", "visit").expect_reply(200, visits);
  }

  /// What was written since the last call.
  lines written() { return std::exchange(notes.written, {}); }
};

/// A world with a bound on the time without messages.
struct room_world : fixture {
  world stage{at({.unused_for = 1min, .states_max = {}})};
  client alice = stage.connect("/ws/", user_named("alice", 1));
  client bob = stage.connect("/ws/", user_named("bob", 2));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keyed_state_life, room_world)

BOOST_AUTO_TEST_CASE(each_value_of_the_capture_has_a_state) {
  visit(alice, "a", 1);
  visit(bob, "a", 2);
  visit(bob, "b", 1);
  visit(alice, "b", 2);
  BOOST_TEST(
      written()
      == (lines{"begin a", "open a", "open a", "begin b", "open b", "open b"}));
}

BOOST_AUTO_TEST_CASE(a_state_hears_when_a_visitor_has_gone) {
  visit(alice, "a", 1);
  visit(alice, "b", 1);
  visit(bob, "b", 2);
  written();
  alice.disconnect();
  BOOST_TEST(written() == (lines{"close a", "close b"}));
  visit(bob, "a", 2);
  BOOST_TEST(written() == lines{"open a"});
}

BOOST_AUTO_TEST_CASE(it_ends_after_the_time_without_a_message) {
  visit(alice, "a", 1);
  stage.advance(30s);
  visit(alice, "a", 2);
  stage.advance(59s);
  written();
  visit(bob, "a", 3);
  BOOST_TEST(written() == lines{"open a"});
  stage.advance(59'980ms);
  BOOST_TEST(written().empty());
  stage.advance(20ms);
  BOOST_TEST(written() == lines{"end a"});
  visit(bob, "a", 1);
  BOOST_TEST(written() == (lines{"begin a", "open a"}));
  // Alice has visited the former one only.
  alice.disconnect();
  BOOST_TEST(written().empty());
}

BOOST_AUTO_TEST_CASE(by_default_that_time_is_a_limit_of_the_server) {
  rooms others;
  server_options options;
  options.limits.keyed_state_timeout = 10s;
  world other{others.at(), options};
  auto carol = other.connect("/ws/");
  carol.push("rooms/a/", "visit").expect_reply(200, 1);
  other.advance(9'980ms);
  BOOST_TEST(others.notes.alive["a"] == 1);
  other.advance(20ms);
  BOOST_TEST(others.notes.alive["a"] == 0);
}

BOOST_AUTO_TEST_CASE(that_time_may_be_without_end) {
  rooms others;
  world other{
      others.at({.unused_for = limits::duration::max(), .states_max = {}})};
  auto carol = other.connect("/ws/");
  carol.push("rooms/a/", "visit").expect_reply(200, 1);
  other.advance(1h);
  carol.push("rooms/a/", "visit").expect_reply(200, 2);
}

BOOST_AUTO_TEST_CASE(bounds_that_let_no_state_live_are_refused) {
  const auto fault = [](key_bounds bounds) {
    rooms others;
    try {
      world other{others.at(bounds)};
    } catch (const failure& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  BOOST_TEST(fault({.unused_for = 0ms, .states_max = {}})
                 .find("handler \"room\": unused_for is less than 1 ms")
             != std::string::npos);
  BOOST_TEST(fault({.unused_for = 1ms, .states_max = 0})
                 .find("handler \"room\": states_max is 0")
             != std::string::npos);
  BOOST_TEST(fault({.unused_for = 1ms, .states_max = 1}).empty());
}

BOOST_AUTO_TEST_CASE(it_may_end_itself_once_its_message_is_answered) {
  visit(alice, "a", 1);
  alice.push("rooms/a/", "leave").expect_reply(200, 2);
  BOOST_TEST(written() == (lines{"begin a", "open a", "end a"}));
  visit(alice, "a", 1);
  BOOST_TEST(written() == (lines{"begin a", "open a"}));
}

BOOST_AUTO_TEST_CASE(what_comes_while_it_ends_waits_for_the_next_one) {
  auto owed = alice.push("rooms/a/", "owe");
  alice.push("rooms/a/", "leave").expect_reply(200, 1);
  auto waits = bob.push("rooms/a/", "visit");
  bob.expect_nothing();
  // It lives as long as it owes a reply, but nothing comes to it any more.
  written();
  auto pays = alice.push("rooms/a/", "pay");
  alice.expect_nothing();
  BOOST_TEST(written().empty());
  // Another key does not wait.
  auto carol = stage.connect("/ws/");
  visit(carol, "b", 1);
  written();
  stage.advance(10s);
  owed.expect_errors(504, {{{"detail", "Request timed out."}}});
  waits.expect_errors(504, {{{"detail", "Request timed out."}}});
  pays.expect_errors(504, {{{"detail", "Request timed out."}}});
  stage.advance(10ms);
  BOOST_TEST(stage.logged("a state of handler \"room\" does not end, because "
                          "it owes replies (key \"a\")"));
  BOOST_TEST(written() == lines{"end a"});
  visit(bob, "a", 1);
}

BOOST_AUTO_TEST_CASE(what_waits_goes_on_when_the_last_reply_is_given) {
  std::optional<deferred> kept;
  diary unused;
  world other{endpoint("/ws/").route(
      R"(rooms/(?P<room>\w+)/$)",
      handler<room>("room",
                    [&](const state_context& self) {
                      return room{self, unused};
                    })
          .lives_for(lifetime::key("room"))
          .action("owe",
                  [&](room&, const context& ctx) {
                    kept = ctx.defer();
                    ctx.state().end();
                    return *kept;
                  })
          .action("visit", [](room& state) { return ok(++state.visits); }))};
  auto carol = other.connect("/ws/");
  auto dave = other.connect("/ws/");
  auto owed = carol.push("rooms/a/", "owe");
  auto first = dave.push("rooms/a/", "visit");
  dave.expect_nothing();
  kept->answer(ok("late"));
  owed.expect_reply(200, "late");
  first.expect_reply(200, 1);
  BOOST_TEST(unused.written == (lines{"begin a", "end a", "begin a"}));
}

BOOST_AUTO_TEST_CASE(its_timers_outlive_the_client_who_started_them) {
  alice.push("rooms/a/", "tick").expect_reply(200);
  stage.advance(30s);
  visit(bob, "a", 1);
  alice.disconnect();
  written();
  stage.advance(30s);
  BOOST_TEST(written() == lines{"tick a"});
}

BOOST_AUTO_TEST_CASE(its_timers_are_no_use_and_end_with_it) {
  alice.push("rooms/a/", "tick").expect_reply(200);
  stage.advance(59s);
  alice.push("rooms/b/", "tick").expect_reply(200);
  alice.push("rooms/b/", "leave").expect_reply(200);
  written();
  stage.advance(1'010ms);
  // The timer of `a` was due with its end. That of `b` is gone.
  BOOST_TEST(notes.alive["a"] == 0);
  stage.advance(2min);
  for (const auto& line : written())
    BOOST_TEST(line != "tick b");
}

BOOST_AUTO_TEST_CASE(a_timer_that_throws_is_logged_and_does_no_harm) {
  alice.push("rooms/a/", "fall").expect_reply(200);
  stage.advance(1s);
  BOOST_TEST(stage.logged("a callback of handler \"room\" threw: tired\n"));
  visit(alice, "a", 1);
}

BOOST_AUTO_TEST_CASE(one_that_dies_gets_500_and_is_made_anew) {
  visit(alice, "a", 1);
  visit(alice, "b", 1);
  alice.push("rooms/a/", "crash").expect_reply(500);
  BOOST_TEST(stage.logged("a runner of handler \"room\" died: "));
  BOOST_TEST(stage.logged("(key \"a\")"));
  visit(bob, "a", 1);
  visit(bob, "b", 2);
}

BOOST_AUTO_TEST_CASE(one_that_has_died_is_forgotten_in_time) {
  rooms others;
  world other{others.at({.unused_for = 1min, .states_max = 1})};
  auto carol = other.connect("/ws/");
  carol.push("rooms/a/", "crash").expect_reply(500);
  carol.push("rooms/b/", "visit").expect_reply(503);
  other.advance(1min);
  other.advance(10ms);
  carol.push("rooms/b/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(only_so_many_live_at_the_same_time) {
  rooms others;
  world other{others.at({.unused_for = 1min, .states_max = 2})};
  auto carol = other.connect("/ws/");
  carol.push("rooms/a/", "visit").expect_reply(200, 1);
  carol.push("rooms/b/", "visit").expect_reply(200, 1);
  carol.push("rooms/c/", "visit").expect_reply(503);
  BOOST_TEST(other.logged("handler \"room\" has 2 states, and begins no "
                          "further one (keyed-states-max)"));
  carol.push("rooms/b/", "visit").expect_reply(200, 2);
  carol.push("rooms/a/", "leave").expect_reply(200, 2);
  carol.push("rooms/c/", "visit").expect_reply(200, 1);
  carol.push("rooms/a/", "visit").expect_reply(503);
}

BOOST_AUTO_TEST_CASE(by_default_that_number_is_a_limit_of_the_server) {
  rooms others;
  server_options options;
  options.limits.keyed_states_max = 1;
  world other{others.at(), options};
  auto carol = other.connect("/ws/");
  carol.push("rooms/a/", "visit").expect_reply(200, 1);
  carol.push("rooms/b/", "visit").expect_reply(503);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keyed_state_life_suite
