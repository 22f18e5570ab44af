// What the application tells clients, in virtual time.

#include "stagedoor/actors/description/notifier.hpp"

#include "stagedoor/actors/messages.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace notifier_suite {

using namespace stagedoor;
using namespace std::chrono_literals;
using testing::client;
using testing::world;

namespace {

event tick(std::int64_t number) {
  return {"tick", number, 200};
}

/// A world whose application has made a notifier before the server.
struct fixture {
  fixture() { options.notifier = tells; }

  void serve() { stage.serve({endpoint("/ws/", root())}, options); }

  handler_spec root() {
    return handler("root")
        .action("meet",
                [this](const context& ctx) { met.push_back(ctx.connection()); })
        .action(
            "save",
            [](arg<"number", std::int64_t> number,
               const stagedoor::notifier& told) {
              told.broadcast("g", tick(*number));
            },
            blocking)
        .action("say",
                [](stagedoor::notifier told) { told.broadcast("g", tick(1)); })
        .action("members", [](const context& ctx) { return ctx.members("g"); })
        .action("later", [](const context& ctx) {
          ctx.run_after(
              1s, [told = ctx.notifier()] { told.broadcast("g", tick(2)); });
        });
  }

  /// A client whose connection is the last one in `met`.
  client connect() {
    user seven;
    seven.id = 7;
    auto result = stage.connect("/ws/", seven);
    result.push("", "meet").expect_reply(200);
    return result;
  }

  /// An actor in place of a connection, which counts its events.
  caf::actor counter(std::size_t& events) {
    return stage.system().spawn<caf::hidden>(
        [](caf::event_based_actor*, std::size_t* count) -> caf::behavior {
          return {[count](const event&) { ++*count; }};
        },
        &events);
  }

  world stage;
  stagedoor::notifier tells{stage.system()};
  server_options options;
  std::vector<caf::actor> met;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notifier, fixture)

BOOST_AUTO_TEST_CASE(what_is_said_before_the_server_is_there_waits) {
  std::size_t events = 0;
  const auto stand_in = counter(events);
  for (std::size_t i = 0; i < stagedoor::notifier::waiting_max; ++i)
    tells.push(stand_in, tick(0));
  stage.settle();
  BOOST_TEST(events == 0U);
  serve();
  BOOST_TEST(events == stagedoor::notifier::waiting_max);
  BOOST_TEST(!stage.logged("dropped"), stage.log());
}

BOOST_AUTO_TEST_CASE(what_is_too_much_before_the_server_is_there_is_dropped) {
  std::size_t events = 0;
  const auto stand_in = counter(events);
  for (std::size_t i = 0; i <= stagedoor::notifier::waiting_max; ++i)
    tells.push(stand_in, tick(0));
  serve();
  BOOST_TEST(events == stagedoor::notifier::waiting_max);
  BOOST_TEST(stage.logged("the notifier: 1 were dropped"), stage.log());
}

BOOST_AUTO_TEST_CASE(what_is_said_is_done_in_its_order) {
  serve();
  const auto member = connect();
  const auto& connection = met.back();
  tells.broadcast("g", tick(0));
  tells.join(connection, "g");
  tells.broadcast("g", tick(1));
  tells.push(connection, tick(2));
  tells.broadcast("g", tick(3));
  tells.leave(connection, "g");
  tells.broadcast("g", tick(4));
  tells.push_to_user(7, tick(5));
  tells.push(connection, tick(6));
  tells.broadcast("g", tick(7));
  tells.join(connection, "g");
  tells.broadcast("g", tick(8));
  tells.close_connection(connection, close_code::policy, "enough");
  stage.settle();
  for (const auto number : {1, 2, 3, 5, 6, 8})
    member.expect_event("tick", number);
  BOOST_TEST(member.expect_close(close_code::policy) == "enough");
}

BOOST_AUTO_TEST_CASE(an_event_may_spare_a_client) {
  serve();
  const auto spared = connect();
  const auto other = connect();
  for (const auto& connection : met)
    tells.join(connection, "g");
  tells.broadcast("g", tick(1));
  tells.broadcast_to_others(met.front(), "g", tick(2));
  tells.broadcast("g", tick(3));
  stage.settle();
  for (const auto number : {1, 3})
    spared.expect_event("tick", number);
  for (const auto number : {1, 2, 3})
    other.expect_event("tick", number);
  spared.expect_nothing();
}

BOOST_AUTO_TEST_CASE(it_says_something_of_a_member) {
  serve();
  const auto member = connect();
  tells.join(met.back(), "g", "busy");
  stage.settle();
  const auto meta = [&] {
    const auto list = member.push("", "members").reply();
    return list.at("data").at("members").at(0).at("meta");
  };
  BOOST_TEST((meta() == "busy"));
  tells.update_meta(met.back(), "g", {{"until", 9}});
  stage.settle();
  BOOST_TEST((meta() == json::value{{"until", 9}}));
  tells.update_meta(met.back(), "g", "\xFF");
  stage.settle();
  BOOST_TEST(stage.logged(R"(the group "g":)"), stage.log());
}

BOOST_AUTO_TEST_CASE(a_join_that_fails_holds_nothing_up) {
  serve();
  const auto gone = connect();
  const auto connection_gone = met.back();
  const auto here = connect();
  gone.disconnect();
  tells.join(connection_gone, "g");
  tells.join(met.back(), "$reserved");
  tells.push(met.back(), tick(1));
  stage.settle();
  here.expect_event("tick", 1);
  BOOST_TEST(stage.logged(R"(cannot join or leave the group "g":)"),
             stage.log());
  BOOST_TEST(stage.logged(R"(cannot join or leave the group "$reserved":)"),
             stage.log());
}

BOOST_AUTO_TEST_CASE(a_user_is_closed) {
  serve();
  const auto seven = connect();
  tells.push_to_user(7, tick(1));
  tells.close_user("7");
  stage.settle();
  seven.expect_event("tick", 1);
  seven.expect_close(4401);
}

BOOST_AUTO_TEST_CASE(any_action_may_tell_something) {
  serve();
  const auto member = connect();
  tells.join(met.back(), "g");
  stage.settle();
  member.push("", "save", {{"number", 9}}).expect_reply(200);
  member.expect_event("tick", 9);
  member.push("", "say").expect_reply(200);
  member.expect_event("tick", 1);
  member.push("", "later").expect_reply(200);
  stage.advance(1s);
  member.expect_event("tick", 2);
}

BOOST_AUTO_TEST_CASE(actors_send_to_its_actor) {
  serve();
  const auto member = connect();
  caf::anon_send(tells.actor(), caf::join_atom_v, met.back(), std::string("g"));
  caf::anon_send(tells.actor(), group_broadcast{"g", tick(1)});
  stage.settle();
  member.expect_event("tick", 1);
}

BOOST_AUTO_TEST_CASE(a_server_has_one_of_its_own) {
  options.notifier.reset();
  serve();
  const auto member = connect();
  member.push("", "later").expect_reply(200);
  caf::anon_send(caf::actor_cast<connection_actor>(met.back()),
                 caf::join_atom_v, std::string("g"));
  stage.advance(1s);
  member.expect_event("tick", 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace notifier_suite
