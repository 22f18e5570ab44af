// A cluster of the test kit: each verb, when it does something and when it does
// not.

#include "stagedoor/testing/cluster_world.hpp"

#include "stagedoor/actors/messages.hpp"
#include "stagedoor/stagedoor.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cluster_world_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

/// The members of rooms whose right has ended.
std::set<std::string> locked_out;

handler_spec room() {
  return handler("room")
      .action("join",
              [](const context& ctx, arg<"room", std::string> room) {
                return ctx.join("room." + *room);
              })
      .action(
          "say",
          [](arg<"room", std::string>, arg<"sender", std::string> sender,
             arg<"number", std::int64_t> number) {
            return ok({{"sender", *sender}, {"number", *number}});
          },
          broadcasts("room.{room}", "room.message"));
}

endpoint rooms() {
  return endpoint("/ws/")
      .route(R"(rooms/(?P<room>\w+)/$)", room())
      .group(R"(room\.guarded)", guarded_by(custom_permission(
                                     "NotLockedOut", [](const request& about) {
                                       const auto& who = about.user();
                                       return locked_out.contains(who.username)
                                                  ? deny("Locked out.")
                                                  : allow();
                                     })));
}

/// A room with a state that exists once in the cluster.
endpoint counters() {
  return endpoint("/ws/").route(
      R"(counters/(?P<name>\w+)/$)",
      handler<std::int64_t>("counter")
          .lives_for(lifetime::key_in_cluster("name"))
          .action("count", [](std::int64_t& value) { return ++value; }));
}

/// Where each node has a client that is in the room.
struct fixture {
  void begin(std::size_t nodes = 3) {
    for (std::size_t i = 0; i < nodes; ++i) {
      members.push_back(stage.node(i).connect(
          "/ws/", user_named("user" + std::to_string(i),
                             static_cast<std::int64_t>(i))));
      members[i].push("rooms/lobby/", "join").expect_reply(200);
    }
  }

  void say(std::size_t from, std::int64_t number) {
    members[from]
        .push("rooms/lobby/", "say",
              {{"sender", "user" + std::to_string(from)}, {"number", number}})
        .expect_reply(200);
  }

  void expect(std::size_t at, std::size_t from, std::int64_t number) {
    members[at].expect_event(
        "room.message",
        {{"sender", "user" + std::to_string(from)}, {"number", number}});
  }

  stagedoor::testing::cluster_world stage{1};
  std::vector<client> members;
};

/// The text of the failure that `f` ends with; empty if there is none.
template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const failure& unmet) {
    return unmet.what();
  }
  return {};
}

/// Sets an environment variable for a test.
struct environment {
  explicit environment(const char* value) {
    setenv("STAGEDOOR_SEEDS", value, 1);
  }
  ~environment() {
    if (before.empty())
      unsetenv("STAGEDOOR_SEEDS");
    else
      setenv("STAGEDOOR_SEEDS", before.c_str(), 1);
  }

  std::string before = [] {
    const auto* found = std::getenv("STAGEDOOR_SEEDS");
    return std::string{found != nullptr ? found : ""};
  }();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_world, fixture)

// -- groups and handlers ------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_event_reaches_members_on_all_nodes) {
  stage.serve(rooms());
  begin();
  say(1, 1);
  for (std::size_t i = 0; i < 3; ++i)
    expect(i, 1, 1);
  BOOST_TEST(stage.checker().checked() == 3u);
  stage.expect_no_violations();
}

BOOST_AUTO_TEST_CASE(what_is_between_nodes_needs_time) {
  stage.serve(rooms());
  begin();
  say(1, 1);
  expect(1, 1, 1);
  stage.settle();
  members[0].expect_nothing();
  stage.advance(1s);
  BOOST_TEST(members[0].event().at("type") == "room.message");
}

BOOST_AUTO_TEST_CASE(a_node_has_the_verbs_of_a_world) {
  stage.serve(rooms());
  begin();
  stage.node(0).broadcast("room.lobby", {"news", 1});
  for (const auto& member : members)
    member.expect_event("news", 1);
  stage.node(2).push_to_user(1, {"letter", 2});
  members[1].expect_event("letter", 2);
  members[0].expect_nothing();
  stage.node(0).close_user("2");
  members[2].expect_close(close_code::credentials_expired);
  BOOST_TEST(members[1].is_open());
  BOOST_TEST(stage.node(0).logged("b is up"));
}

BOOST_AUTO_TEST_CASE(time_passes_on_all_nodes) {
  stage.serve(rooms());
  const auto before = stage.node(2).wall_now();
  stage.node(0).advance(3s);
  stage.advance(2s);
  BOOST_TEST((stage.node(2).wall_now() - before == 5s));
  BOOST_TEST((stage.node(0).wall_now() == stage.node(2).wall_now()));
}

BOOST_AUTO_TEST_CASE(handlers_may_run_on_other_nodes) {
  stagedoor::testing::cluster_world apart{
      1, 2, {{.front = true, .handlers = false}, {.front = false}}};
  apart.serve(rooms());
  auto member = apart.node(0).connect("/ws/");
  member.push("rooms/lobby/", "join").expect_reply(200);
  member.push("rooms/lobby/", "say", {{"sender", "x"}, {"number", 1}})
      .expect_reply(200);
  member.expect_event("room.message");
  apart.crash(1);
  member.push("rooms/lobby/", "join").expect_reply(503);
  apart.restart(1);
  apart.advance(5s);
  member.push("rooms/lobby/", "join").expect_reply(200);
}

BOOST_AUTO_TEST_CASE(rights_end_on_all_nodes) {
  stage.serve(rooms());
  begin();
  members[2].push("rooms/guarded/", "join").expect_reply(200);
  locked_out.insert("user2");
  stage.node(0).invalidate("2");
  members[2].expect_event("group.revoked", {{"group", "room.guarded"}});
  locked_out.clear();
}

BOOST_AUTO_TEST_CASE(a_key_has_one_state_in_the_cluster) {
  stage.serve(counters());
  stage.advance(5s);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < 3; ++i)
    stage.node(i)
        .connect("/ws/")
        .push("counters/a/", "count")
        .expect_reply(200, ++count);
}

BOOST_AUTO_TEST_CASE(endpoints_may_refer_to_actors_of_their_node) {
  stage.serve([](caf::actor_system& sys) {
    const auto judge = sys.spawn([](caf::event_based_actor*) {
      return caf::behavior{[](const std::string&) { return std::int64_t{7}; }};
    });
    return std::vector<endpoint_spec>{endpoint(
        "/ws/", handler("asking").action("ask", [judge](const context& ctx) {
          return ctx.ask(judge, 1s, std::string{"?"},
                         [](std::int64_t answer) { return ok(answer); });
        }))};
  });
  stage.node(1).connect("/ws/").push("", "ask").expect_reply(200, 7);
}

// -- faults -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_comes_through_a_cut) {
  stage.serve(rooms());
  begin();
  stage.cut(0, 1);
  say(0, 1);
  expect(2, 0, 1);
  stage.advance(10s);
  members[1].expect_nothing();
  BOOST_TEST(stage.node(0).logged("b is down"));
  BOOST_TEST(stage.node(1).logged("a is down"));
  BOOST_TEST(!stage.node(2).logged("is down"));
  stage.heal(0, 1);
  stage.advance(5s);
  say(0, 2);
  expect(1, 0, 2);
  members[1].expect_nothing();
  stage.expect_no_violations();
}

BOOST_AUTO_TEST_CASE(what_waits_in_a_short_cut_arrives) {
  stage.serve(rooms());
  begin();
  stage.cut(0, 1);
  say(0, 1);
  stage.advance(300ms);
  members[1].expect_nothing();
  stage.heal(0, 1);
  expect(1, 0, 1);
}

BOOST_AUTO_TEST_CASE(a_crash_ends_the_connections_of_a_node_and_no_others) {
  stage.serve(rooms());
  begin();
  stage.crash(1);
  members[1].expect_close(close_code::none);
  BOOST_TEST(!stage.is_up(1));
  say(0, 1);
  expect(2, 0, 1);
  stage.advance(1s);
  BOOST_TEST(stage.node(2).logged("b is down"));
  BOOST_TEST(failure_of([this] { stage.node(1); })
             == "node b is down\nthe seed of the stage: 1");
  BOOST_TEST(failure_of([this] { stage.crash(1); }) != "");
  BOOST_TEST(failure_of([this] { stage.restart(0); })
             == "node a is up\nthe seed of the stage: 1");
}

BOOST_AUTO_TEST_CASE(a_node_begins_again) {
  stage.serve(rooms());
  begin();
  stage.crash(1);
  stage.restart(1);
  stage.advance(5s);
  members[1] = stage.node(1).connect("/ws/");
  members[1].push("rooms/lobby/", "join").expect_reply(200);
  say(0, 1);
  expect(1, 0, 1);
  expect(2, 0, 1);
  BOOST_TEST(!stage.node(1).logged("down"));
}

BOOST_AUTO_TEST_CASE(a_node_that_stands_still_goes_on_later) {
  stage.serve(rooms());
  begin();
  stage.freeze(1);
  BOOST_TEST(stage.is_up(1));
  BOOST_TEST(!stage.runs(1));
  const auto said = members[1].push("rooms/lobby/", "say",
                                    {{"sender", "user1"}, {"number", 1}});
  say(0, 1);
  stage.advance(300ms);
  said.expect_no_reply();
  stage.thaw(1);
  said.expect_reply(200);
  stage.advance(1s);
  expect(2, 0, 1);
  expect(2, 1, 1);
  stage.freeze(2);
  stage.advance(10s);
  BOOST_TEST(stage.node(0).logged("c is down"));
  stage.thaw(2);
  stage.advance(5s);
  say(2, 1);
  expect(0, 0, 1);
  expect(0, 1, 1);
  expect(0, 2, 1);
}

BOOST_AUTO_TEST_CASE(a_node_leaves_in_order) {
  stage.serve(rooms());
  begin();
  stage.leave(1);
  members[1].expect_close(close_code::service_restart);
  BOOST_TEST(!stage.is_up(1));
  stage.advance(1s);
  BOOST_TEST(stage.node(0).logged("b has left"));
  BOOST_TEST(!stage.node(0).logged("b is down"));
  say(0, 1);
  expect(2, 0, 1);
}

BOOST_AUTO_TEST_CASE(everything_is_healed_at_once) {
  stage.serve(rooms());
  begin();
  stage.cut(0, 1);
  stage.cut(1, 2);
  stage.freeze(0);
  stage.crash(2);
  stage.heal();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST(stage.runs(i));
  members[2] = stage.node(2).connect("/ws/");
  members[2].push("rooms/lobby/", "join").expect_reply(200);
  say(0, 1);
  expect(1, 0, 1);
  expect(2, 0, 1);
}

BOOST_AUTO_TEST_CASE(a_shaken_stage_has_faults_and_is_whole_again) {
  stage.serve(rooms());
  std::size_t calls = 0;
  std::size_t halted = 0;
  stage.shake(60s, [&] {
    ++calls;
    std::size_t running = 0;
    for (std::size_t i = 0; i < 3; ++i)
      running += stage.runs(i) ? 1 : 0;
    BOOST_TEST(running > 0u);
    halted += running < 3 ? 1 : 0;
  });
  BOOST_TEST(calls > 100u);
  BOOST_TEST(halted > 0u);
  for (const auto* fault : {"cut", "heal", "crash", "begin", "freeze", "thaw"})
    BOOST_TEST(stage.record().find(std::string{" "} + fault + ' ')
                   != std::string::npos,
               fault);
  begin();
  say(0, 1);
  expect(1, 0, 1);
  expect(2, 0, 1);
}

BOOST_AUTO_TEST_CASE(a_test_names_the_kinds_of_faults) {
  stage.serve(rooms());
  stage.shake(30s, {}, {.crashes = false, .freezes = false});
  BOOST_TEST(stage.record().find(" cut ") != std::string::npos);
  BOOST_TEST(stage.record().find(" crash ") == std::string::npos);
  BOOST_TEST(stage.record().find(" freeze ") == std::string::npos);
  const auto cuts = stage.record().rfind(" cut ");
  stage.shake(30s, {}, {.cuts = false});
  BOOST_TEST(stage.record().rfind(" cut ") == cuts);
  BOOST_TEST(stage.record().find(" crash ") != std::string::npos);
  BOOST_TEST(stage.record().find(" freeze ") != std::string::npos);
}

// -- what has happened --------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_same_seed_does_the_same) {
  const auto run = [](std::uint64_t seed) {
    stagedoor::testing::cluster_world other{seed};
    other.serve(rooms());
    std::int64_t number = 0;
    other.shake(20s, [&] {
      const auto at = other.pick(3);
      if (!other.runs(at))
        return;
      auto member = other.node(at).connect("/ws/");
      member.push("rooms/lobby/", "join");
      member.push("rooms/lobby/", "say",
                  {{"sender", "x"}, {"number", ++number}});
    });
    return other.record();
  };
  const auto first = run(7);
  BOOST_TEST(first.find("room.message") != std::string::npos);
  BOOST_TEST(run(8) != first);
  BOOST_TEST(run(7) == first);
}

BOOST_AUTO_TEST_CASE(the_record_has_all_texts_with_their_times) {
  stage.serve(rooms());
  begin(1);
  const auto& all = stage.record();
  BOOST_TEST(all.find(R"( from a1.1 {"action":"join","route":"rooms/lobby/"})")
             != std::string::npos);
  BOOST_TEST(all.find(R"( to a1.1 {"errors":[],)") != std::string::npos);
  BOOST_TEST(all.starts_with("0 begin a\n0 begin b\n0 begin c\n"));
}

BOOST_AUTO_TEST_CASE(a_violation_is_a_failure_that_names_the_seed) {
  stage.serve(rooms());
  begin();
  say(0, 2);
  stage.expect_no_violations();
  say(0, 1);
  stage.advance(1s);
  const auto text = failure_of([this] { stage.expect_no_violations(); });
  BOOST_TEST(text.starts_with(
      "expected that clients are told what they are promised:\n  a1.1: an "
      "event of user0 behind number 2: {"));
  BOOST_TEST(text.ends_with("\nthe seed of the stage: 1"));
}

BOOST_AUTO_TEST_CASE(any_other_failure_names_the_seed_too) {
  stage.serve(rooms());
  begin(1);
  BOOST_TEST(failure_of([this] { members[0].expect_event("news"); })
             == "expected an event news, but nothing came\nthe seed of the "
                "stage: 1");
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_cross_is_a_failure) {
  stage.serve(endpoint(
      "/ws/", handler("asking").mounts(service("judge")).forwards("ask")));
  // The answer has no `inspect`.
  const auto judge = stage.node(1).system().spawn([](caf::event_based_actor*) {
    return caf::behavior{[](const request&) { return invalidation_order{}; }};
  });
  stage.node(1).offer("judge", judge);
  stage.advance(1s);
  auto asking = stage.node(0).connect("/ws/");
  const auto text = failure_of([&] {
    asking.push("", "ask");
    stage.advance(1s);
  });
  BOOST_TEST(text.starts_with("a message cannot cross from or to b: "), text);
  BOOST_TEST(text.ends_with("\nthe seed of the stage: 1"), text);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_a_failure) {
  BOOST_TEST(failure_of([this] { stage.node(0); })
             == "this stage serves nothing yet: call serve()");
  stage.serve(rooms());
  BOOST_TEST(failure_of([this] { stage.serve(rooms()); })
             == "a stage serves once");
  BOOST_TEST(failure_of([this] { stage.node(3); }) == "the stage has 3 nodes");
  BOOST_TEST(failure_of([] {
               stagedoor::testing::cluster_world none{1, 0};
             })
             == "a stage has 1 to 26 nodes");
  stagedoor::testing::cluster_world broken{1};
  BOOST_TEST(failure_of([&] {
               broken.serve({endpoint("/ws/"), endpoint("/ws/")});
             }).starts_with("the server would not start"));
}

BOOST_AUTO_TEST_CASE(the_environment_names_the_seeds) {
  using all = std::vector<std::uint64_t>;
  {
    environment none{""};
    unsetenv("STAGEDOOR_SEEDS");
    BOOST_TEST(seeds(3) == (all{1, 2, 3}));
  }
  {
    environment more{"4"};
    BOOST_TEST(seeds(3) == (all{1, 2, 3, 4}));
  }
  {
    environment range{"7-9"};
    BOOST_TEST(seeds(3) == (all{7, 8, 9}));
  }
  for (const auto* bad : {"", "x", "3-", "-3", "4-3", "1-2-3"}) {
    environment wrong{bad};
    BOOST_TEST(failure_of([] { seeds(3); }) != "", bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_world_suite
