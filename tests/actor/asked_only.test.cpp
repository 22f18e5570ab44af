// Messages that only ask what is allowed: how far they go, and what they leave
// alone.

#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/answering_node.hpp"
#include "support/elsewhere_fixture.hpp"
#include "support/handler_fixture.hpp"
#include "support/message_tallies.hpp"

namespace asked_only_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// What a handler has done.
using notes_ptr = std::shared_ptr<std::vector<std::string>>;

notes_ptr no_notes() {
  return std::make_shared<std::vector<std::string>>();
}

struct noting_state {
  explicit noting_state(notes_ptr into) : notes(std::move(into)) {
    notes->push_back("state");
  }
  notes_ptr notes;
  std::int64_t owner = 1;
};

struct thing {
  std::int64_t owner_id = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const thing& from) {
  out = {{"owner_id", from.owner_id}};
}

/// Counts the messages that it is asked about, and denies those beyond a number
/// with 429.
struct throttle {
  std::shared_ptr<int> left;

  [[nodiscard]] decision has_permission(const scope&, std::string_view,
                                        const request& about) const {
    if (*left == 0)
      return deny("Slower.", 429);
    if (!about.only_asks())
      --*left;
    return allow();
  }
};

/// Looks at an argument of the body.
struct wants_code {
  [[nodiscard]] static bool has_permission(const scope&, std::string_view,
                                           const request& about) {
    return about.body("code") != nullptr;
  }
};

json::object of(std::string_view route, std::string_view action) {
  return {{"of", {{{"route", route}, {"action", action}}}}};
}

/// Asks one question, and returns the answer.
json::value ask(testing::client& client, std::string_view route,
                std::string_view action) {
  const auto answer =
      client.push("$can/", "check", of(route, action)).expect_reply(200);
  const auto& list = answer.at("data").at("allowed").as_array();
  BOOST_REQUIRE(list.size() == 1u);
  return list.front();
}

const json::value yes = true;
const json::value no = false;
const json::value unknown = nullptr;

user named(const std::string& name, std::int64_t id) {
  return testing::user_named(name, id);
}

/// Sends a message that only asks to a handler or a relay.
template <class Fixture>
std::size_t send_question(Fixture& fixture, const std::string& action) {
  auto data = fixture.client.data(action);
  data.captures = {{"room", "a"}};
  data.only_asks = true;
  const auto number =
      fixture.client.ask(fixture.subject, request{std::move(data)});
  fixture.world.settle();
  return number;
}

struct relay_fixture : elsewhere_fixture<answering_node> {
  relay_fixture() {
    world.services().set("near", {{"handlers", a.actor()}});
    world.services().set("yonder", {{"handlers", b.actor()}});
    start_relay(handler("relayed")
                    .action("work", [] {})
                    .action(
                        "beside", [] {}, concurrent)
                    .action(
                        "hushed", [] {}, broadcasts("room.{room}"), no_reply),
                service("handlers"));
  }
};

struct mounted_fixture : elsewhere_fixture<> {
  mounted_fixture() {
    start_handler(handler("mounted").mounts(
        replicas{std::vector<caf::actor>{a.actor(), b.actor()}}));
  }
};

/// Two units with one endpoint, whose root handler lives for the server and
/// looks for its objects in its state.
struct two_units {
  two_units() {
    const auto routes = asked_tree_of(
        endpoint("/ws/", handler<counter>("root")
                             .lives_for(lifetime::server)
                             .loads([](counter& state) {
                               return std::optional{thing{++state.value}};
                             })
                             .action("take", [](const loaded<thing>& found) {
                               return ok({{"owner", found->owner_id}});
                             })));
    const auto router_on = [&](std::size_t unit, pool_probe& pool) {
      return world.home(unit).spawn(
          stagedoor::router,
          router_setup{world.shared(), routes, pool.handle(), {}, {}});
    };
    router_a = router_on(0, pool_a);
    router_b = router_on(1, pool_b);
    connect_routers({router_a, router_b});
    pool_a.always(allow());
    pool_b.always(allow());
    world.settle();
  }

  std::string run_b(bool only_asks) {
    auto draft = client.draft("take");
    draft->only_asks = only_asks;
    const auto number = client.ask(router_b, std::move(draft));
    world.settle();
    return client.answer(number);
  }

  actor_world world{{}, 2};
  pool_probe pool_a{world.home(0)};
  pool_probe pool_b{world.home(1)};
  client_probe client{world.home(1)};
  router_actor router_a;
  router_actor router_b;
};

} // namespace

BOOST_AUTO_TEST_SUITE(asked_only)

BOOST_AUTO_TEST_CASE(no_action_no_hook_and_no_state_begins) {
  const auto notes = no_notes();
  const auto note = [notes](const std::string& what) {
    return [notes, what](const context&) { notes->push_back(what); };
  };
  testing::world stage{endpoint("/ws/").route(
      R"(things/(?P<pk>\d+)/$)",
      handler<noting_state>("thing",
                            [notes](const state_context&) {
                              return std::make_unique<noting_state>(notes);
                            })
          .lives_for(lifetime::key("pk"))
          .on_open(note("open"))
          .on_close(note("close"))
          .loads([](arg<"pk", std::int64_t> pk) {
            return *pk < 3 ? std::optional{thing{*pk}} : std::nullopt;
          })
          .action("take", [notes](noting_state&,
                                  loaded<thing>) { notes->push_back("take"); })
          .action("plain", [notes] { notes->push_back("plain"); }))};
  {
    auto client = stage.connect("/ws/");
    BOOST_TEST(ask(client, "things/1/", "take") == yes);
    BOOST_TEST(ask(client, "things/3/", "take") == no);
    BOOST_TEST(ask(client, "things/1/", "plain") == yes);
    client.disconnect();
  }
  BOOST_TEST(notes->empty());
}

BOOST_AUTO_TEST_CASE(a_state_that_the_loader_needs_begins) {
  const auto notes = no_notes();
  testing::world stage{endpoint("/ws/").route(
      R"(things/(?P<pk>\d+)/$)",
      handler<noting_state>("thing",
                            [notes](const state_context&) {
                              return std::make_unique<noting_state>(notes);
                            })
          .permissions(is_owner("owner_id"))
          .loads([](noting_state& state, arg<"pk", std::int64_t>) {
            return std::optional{thing{state.owner}};
          })
          .action("take", [](loaded<thing>) {}))};
  auto alice = stage.connect("/ws/", named("alice", 1));
  BOOST_TEST(ask(alice, "things/1/", "take") == yes);
  BOOST_TEST(notes->size() == 1u);
  auto bob = stage.connect("/ws/", named("bob", 2));
  BOOST_TEST(ask(bob, "things/1/", "take") == no);
}

BOOST_AUTO_TEST_CASE(arguments_that_the_loader_needs_make_it_unknown) {
  testing::world stage{endpoint("/ws/").route(
      R"(things/(?P<pk>\w+)/$)",
      handler("thing")
          .loads([](arg<"pk", std::int64_t>, arg<"language", std::string>,
                    arg<"version", std::optional<int>>) {
            return std::optional{thing{}};
          })
          .action("take", [](loaded<thing>, arg<"count", int>) {}))};
  auto client = stage.connect("/ws/");
  BOOST_TEST(ask(client, "things/1/", "take") == unknown);
  BOOST_TEST(ask(client, "things/1/?language=de", "take") == yes);
  // No body mends these.
  BOOST_TEST(ask(client, "things/x/", "take") == no);
  BOOST_TEST(ask(client, "things/1/?language=de&version=x", "take") == no);
}

BOOST_AUTO_TEST_CASE(permissions_see_no_arguments) {
  testing::world stage{endpoint(
      "/ws/", handler("root").permissions(wants_code{}).action("work", [] {}))};
  auto client = stage.connect("/ws/");
  auto with_code = of("", "work");
  with_code["code"] = 1;
  client.push("$can/", "check", with_code)
      .expect_reply(200, {{"allowed", {false}}});
  client.push("", "work", {{"code", 1}}).expect_reply(200);
}

BOOST_AUTO_TEST_CASE(a_permission_that_counts_messages_can_leave_them_out) {
  const auto left = std::make_shared<int>(1);
  testing::world stage{endpoint(
      "/ws/",
      handler("root").permissions(throttle{left}).action("work", [] {}))};
  auto client = stage.connect("/ws/");
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(ask(client, "", "work") == yes);
  client.push("", "work").expect_reply(200);
  BOOST_TEST(ask(client, "", "work") == no);
  client.push("", "work").expect_reply(429);
}

BOOST_AUTO_TEST_CASE(a_check_is_one_message_for_the_message_rate) {
  server_options options;
  options.limits.message_rate_max = 1;
  options.limits.message_burst_max = 2;
  testing::world stage{endpoint("/ws/", handler("root").action("work", [] {})),
                       options};
  auto client = stage.connect("/ws/");
  json::array many(10, {{"action", "work"}});
  client.push("$can/", "check", {{"of", many}}).expect_reply(200);
  client.push("", "work").expect_reply(200);
  client.push("", "work").expect_reply(429);
}

BOOST_AUTO_TEST_CASE(an_unmatched_route_may_lead_to_the_parent) {
  auto rules = endpoint("/ws/", handler("root").action("work", [] {
               })).route("a/", handler("a").action("inner", [] {}));
  {
    testing::world stage{rules};
    auto client = stage.connect("/ws/");
    BOOST_TEST(ask(client, "a/", "inner") == yes);
    BOOST_TEST(ask(client, "a/x/", "inner") == no);
  }
  testing::world stage{rules.unmatched(unmatched_route::parent)};
  auto client = stage.connect("/ws/");
  BOOST_TEST(ask(client, "a/x/", "inner") == yes);
  BOOST_TEST(ask(client, "b/", "inner") == no);
  BOOST_TEST(ask(client, "b/", "work") == yes);
}

BOOST_AUTO_TEST_CASE(the_default_permission_counts) {
  server_options options;
  options.default_permission = default_permission::deny;
  testing::world stage{
      endpoint("/ws/", handler("root").permissions(allow_any()))
          .route("a/$", handler("a").action("work", [] {})),
      options};
  auto client = stage.connect("/ws/");
  BOOST_TEST(ask(client, "a/", "work") == no);
}

BOOST_AUTO_TEST_CASE(a_refresh_changes_the_answers) {
  testing::world stage{
      endpoint("/ws/", handler("root")
                           .permissions(allow_any())
                           .action(
                               "work", [] {}, guarded_by(has_role("editor"))))};
  auto editor = named("alice", 1);
  editor.roles = {"editor"};
  auto client = stage.connect("/ws/", editor);
  auto watching = of("", "work");
  watching["watch"] = true;
  client.push("$can/", "check", watching)
      .expect_reply(200, {{"allowed", {true}}});
  client
      .push("$auth/", "refresh",
            {{"token", stage.token_for(named("alice", 1))}})
      .expect_reply(200);
  client.expect_event("can.changed",
                      {{"route", ""}, {"action", "work"}, {"allowed", false}});
  client.expect_nothing();
}

// -- what operators see -------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(neither_denials_nor_answers_are_counted,
                        handler_fixture) {
  auto number = send_question(*this, "count");
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("403"));
  number = send_question(*this, "count");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number) == "200 true");
  number = send_question(*this, "nope");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("405"));
  BOOST_TEST(messages(world.metrics()) == "");
  BOOST_TEST(runners() == 0u);
  // A message is.
  allowed("count");
  BOOST_TEST(messages(world.metrics()) == "||count|200: 1\n");
}

BOOST_FIXTURE_TEST_CASE(a_late_permission_answers_504, handler_fixture) {
  const auto number = send_question(*this, "count");
  world.advance(world.bounds().permission_timeout + 20ms);
  BOOST_TEST(client.answer(number).starts_with("504"));
}

BOOST_FIXTURE_TEST_CASE(a_concurrent_action_answers_once, handler_fixture) {
  const auto number = send_question(*this, "at_once");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number) == "200 true");
  BOOST_TEST(client.late().empty());
}

BOOST_FIXTURE_TEST_CASE(the_state_of_another_unit_is_asked_there, two_units) {
  BOOST_TEST(run_b(true) == "200 true");
  BOOST_TEST(run_b(true) == "200 true");
  BOOST_TEST(messages(world.metrics(0)) == "");
  BOOST_TEST(messages(world.metrics(1)) == "");
  // Both have looked into the one state.
  BOOST_TEST(run_b(false) == R"(200 {"owner":3})");
}

// -- elsewhere ----------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_mounted_actor_does_not_hear_of_it, mounted_fixture) {
  const auto number = send_question(*this, "whatever");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number) == "200 true");
  BOOST_TEST(a.count() + b.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_relay_passes_it_on_as_what_it_is, relay_fixture) {
  for (const auto* action : {"work", "beside", "hushed"}) {
    const auto number = send_question(*this, action);
    auto& node = a.count() > 0 ? a : b;
    BOOST_TEST(node.at(node.count() - 1).only_asks);
    BOOST_TEST(client.answer(number) == "");
    answer(node, ok(true));
    BOOST_TEST(client.answer(number) == "200 true");
  }
  BOOST_TEST(client.late().empty());
  BOOST_TEST(told.empty());
  BOOST_TEST(messages(world.metrics()) == "");
  send("work");
  BOOST_TEST(!(a.count() > 0 ? a : b).at(3).only_asks);
}

BOOST_FIXTURE_TEST_CASE(it_is_begun_again_where_a_node_has_gone,
                        relay_fixture) {
  const auto number = send_question(*this, "work");
  auto& first = a.count() > 0 ? a : b;
  auto& second = &first == &a ? b : a;
  world.kill(first.handle());
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok(true));
  BOOST_TEST(client.answer(number) == "200 true");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace asked_only_suite
