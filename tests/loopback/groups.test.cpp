// protocol/README.md, "Events and groups": groups, broadcasts and pushes, in
// the rooms of the example and in handlers of its own.

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/envelopes.hpp"
#include "support/one_client.hpp"

namespace groups_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

const std::string lobby = "rooms/lobby/";

std::string ask_room(const std::string& action, const std::string& more = {}) {
  return R"({"action":")" + action + R"(","route":")" + lobby + '"' + more
         + '}';
}

const std::string in_lobby = R"({"room":"lobby"})";

std::string joined(const std::string& action = "join") {
  return success(in_lobby, action, lobby);
}

std::string pushed(const std::string& type, const std::string& data) {
  return R"({"type":")" + type + R"(","data":)" + data + R"(,"status":200})";
}

std::string presence_of(const std::string& type, const std::string& member) {
  return pushed(type, R"({"group":"room.lobby","member":)" + member + "}");
}

/// A user with so many connections in the lobby.
std::string alice(int connections = 1) {
  return R"({"id":1,"username":"alice","connections":)"
         + std::to_string(connections) + R"(,"meta":null})";
}
std::string bob(int connections = 1) {
  return R"({"id":2,"username":"bob","connections":)"
         + std::to_string(connections) + R"(,"meta":null})";
}

/// A server with clients in its lobby.
struct lobby_fixture {
  test_server server;

  websocket_client client(const std::string& name) const {
    return {server.port(), "/ws/?token=" + name + "-token"};
  }

  /// Joins the lobby; its own presence is read as well, whichever comes first:
  /// the reply tells that it is in, and may come from another node.
  static void join(websocket_client& who, const std::string& member) {
    const auto first = who.ask(ask_room("join"));
    const auto second = who.read_text();
    const auto told = presence_of("group.joined", member);
    BOOST_TEST(((first == told && second == joined())
                || (first == joined() && second == told)));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(groups, lobby_fixture)

BOOST_AUTO_TEST_CASE(
    what_is_said_reaches_all_members_the_sender_behind_its_reply) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice());
  join(b, bob());
  BOOST_TEST(a.read_text() == presence_of("group.joined", bob()));
  const std::string said = R"({"room":"lobby","from":"alice","text":"hi"})";
  BOOST_TEST(a.ask(ask_room("say", R"(,"text":"hi")"))
             == success(said, "say", lobby));
  BOOST_TEST(a.read_text() == pushed("room.message", said));
  BOOST_TEST(b.read_text() == pushed("room.message", said));
}

BOOST_AUTO_TEST_CASE(events_come_in_the_order_in_which_they_were_sent) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice());
  join(b, bob());
  a.read_text(); // Who joined.
  constexpr int count = 100;
  for (int i = 0; i < count; ++i) {
    const auto text = std::to_string(i);
    a.send_text(ask_room("say", R"(,"text":")" + text + '"'));
    const auto said =
        pushed("room.message",
               R"({"room":"lobby","from":"alice","text":")" + text + "\"}");
    BOOST_TEST(b.read_text() == said);
    a.read_text(); // The reply.
    BOOST_TEST(a.read_text() == said);
  }
}

BOOST_AUTO_TEST_CASE(nobody_may_neither_join_nor_speak) {
  websocket_client nobody{server.port(), "/ws/"};
  BOOST_TEST(nobody.ask(ask_room("join"))
             == failure(403, denied, "join", lobby));
  BOOST_TEST(nobody.ask(ask_room("say", R"(,"text":"hi")"))
             == failure(403, denied, "say", lobby));
}

BOOST_AUTO_TEST_CASE(a_refused_message_is_told_to_nobody) {
  auto a = client("alice");
  join(a, alice());
  BOOST_TEST(a.ask(ask_room("say"))
             == failure(400, R"([{"text":["This field is required."]}])", "say",
                        lobby));
  BOOST_TEST(a.ask(R"({"action":"ping"})")
             == success(R"({"pong":true})", "ping"));
}

BOOST_AUTO_TEST_CASE(who_leaves_hears_nothing_more_and_the_others_hear_of_it) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice());
  join(b, bob());
  a.read_text();
  BOOST_TEST(b.ask(ask_room("leave")) == joined("leave"));
  BOOST_TEST(a.read_text() == presence_of("group.left", bob(0)));
  a.ask(ask_room("say", R"(,"text":"hi")"));
  a.read_text();
  BOOST_TEST(b.ask(R"({"action":"ping"})")
             == success(R"({"pong":true})", "ping"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_leaves) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice());
  join(b, bob());
  a.read_text();
  b.close();
  BOOST_TEST(a.read_text() == presence_of("group.left", bob(0)));
}

BOOST_AUTO_TEST_CASE(who_joins_and_leaves_is_counted_by_user) {
  auto a = client("alice");
  auto b = client("bob");
  auto again = client("bob");
  join(a, alice());
  join(b, bob());
  BOOST_TEST(a.read_text() == presence_of("group.joined", bob(1)));
  join(again, bob(2));
  BOOST_TEST(a.read_text() == presence_of("group.joined", bob(2)));
  b.close();
  BOOST_TEST(a.read_text() == presence_of("group.left", bob(1)));
  again.close();
  BOOST_TEST(a.read_text() == presence_of("group.left", bob(0)));
}

BOOST_AUTO_TEST_CASE(members_are_counted_by_user) {
  auto a = client("alice");
  auto b = client("bob");
  // With two nodes, where the first one is: the other may not have heard of it.
  auto again = client("alice");
  join(a, alice());
  join(b, bob());
  a.read_text();
  join(again, alice(2));
  a.read_text();
  BOOST_TEST(
      a.ask(ask_room("members"))
      == success(R"({"group":"room.lobby","members":[)"
                 R"({"id":1,"username":"alice","connections":2,"meta":null},)"
                 R"({"id":2,"username":"bob","connections":1,"meta":null}],)"
                 R"("connections":3,"complete":true})",
                 "members", lobby));
}

BOOST_AUTO_TEST_CASE(the_application_reaches_groups_and_users) {
  auto a = client("alice");
  auto again = client("alice");
  auto b = client("bob");
  join(b, bob());
  server->push_to_user(1, event{"note", {{"n", 1}}});
  BOOST_TEST(a.read_text() == pushed("note", R"({"n":1})"));
  BOOST_TEST(again.read_text() == pushed("note", R"({"n":1})"));
  server->broadcast("room.lobby", event{"note", 2});
  BOOST_TEST(b.read_text() == pushed("note", "2"));
}

BOOST_AUTO_TEST_CASE(an_action_reaches_all_members_but_its_client) {
  test_server others{{endpoint("/ws/").route(
      "typing/$",
      handler("typing")
          .action("join", [](const context& ctx) { return ctx.join("g"); })
          .action(
              "type", [] { return ok("typing"); },
              broadcasts_to_others("g", "typing"))
          .action("call", [](const context& ctx) {
            ctx.broadcast_to_others("g", {"called", 1});
            ctx.broadcast("g", {"called", 2});
          }))}};
  const auto ask = [](const std::string& action) {
    return R"({"action":")" + action + R"(","route":"typing/"})";
  };
  websocket_client a{others.port(), "/ws/"};
  websocket_client b{others.port(), "/ws/"};
  for (auto* each : {&a, &b})
    BOOST_TEST(each->ask(ask("join")) == success("null", "join", "typing/"));
  BOOST_TEST(a.ask(ask("type")) == success(R"("typing")", "type", "typing/"));
  BOOST_TEST(b.read_text() == pushed("typing", R"("typing")"));
  a.send_text(ask("call"));
  const auto first = a.read_text();
  const auto second = a.read_text();
  const auto reply = success("null", "call", "typing/");
  const auto event = pushed("called", "2");
  BOOST_TEST(((first == reply && second == event)
              || (first == event && second == reply)));
  BOOST_TEST(b.read_text() == pushed("called", "1"));
  BOOST_TEST(b.read_text() == pushed("called", "2"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace groups_suite
