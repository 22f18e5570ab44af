// protocol/README.md, "Events and groups": groups, broadcasts and pushes, in
// the rooms of the example and in handlers of its own.

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/envelopes.hpp"
#include "support/one_client.hpp"

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

const std::string alice = R"({"id":1,"username":"alice"})";
const std::string bob = R"({"id":2,"username":"bob"})";

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
  join(a, alice);
  join(b, bob);
  BOOST_TEST(a.read_text() == presence_of("group.joined", bob));
  const std::string said = R"({"room":"lobby","from":"alice","text":"hi"})";
  BOOST_TEST(a.ask(ask_room("say", R"(,"text":"hi")"))
             == success(said, "say", lobby));
  BOOST_TEST(a.read_text() == pushed("room.message", said));
  BOOST_TEST(b.read_text() == pushed("room.message", said));
}

BOOST_AUTO_TEST_CASE(events_come_in_the_order_in_which_they_were_sent) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice);
  join(b, bob);
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
  join(a, alice);
  BOOST_TEST(a.ask(ask_room("say"))
             == failure(400, R"([{"text":["This field is required."]}])", "say",
                        lobby));
  BOOST_TEST(a.ask(R"({"action":"ping"})")
             == success(R"({"pong":true})", "ping"));
}

BOOST_AUTO_TEST_CASE(who_leaves_hears_nothing_more_and_the_others_hear_of_it) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice);
  join(b, bob);
  a.read_text();
  BOOST_TEST(b.ask(ask_room("leave")) == joined("leave"));
  BOOST_TEST(a.read_text() == presence_of("group.left", bob));
  a.ask(ask_room("say", R"(,"text":"hi")"));
  a.read_text();
  BOOST_TEST(b.ask(R"({"action":"ping"})")
             == success(R"({"pong":true})", "ping"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_leaves) {
  auto a = client("alice");
  auto b = client("bob");
  join(a, alice);
  join(b, bob);
  a.read_text();
  b.close();
  BOOST_TEST(a.read_text() == presence_of("group.left", bob));
}

BOOST_AUTO_TEST_CASE(members_are_counted_by_user) {
  auto a = client("alice");
  auto again = client("alice");
  auto b = client("bob");
  join(a, alice);
  join(again, alice);
  join(b, bob);
  a.read_text();
  a.read_text();
  BOOST_TEST(a.ask(ask_room("members"))
             == success(R"({"group":"room.lobby","members":[)"
                        R"({"id":1,"username":"alice","connections":2},)"
                        R"({"id":2,"username":"bob","connections":1}],)"
                        R"("connections":3,"complete":true})",
                        "members", lobby));
}

BOOST_AUTO_TEST_CASE(the_application_reaches_groups_and_users) {
  auto a = client("alice");
  auto again = client("alice");
  auto b = client("bob");
  join(b, bob);
  server->push_to_user(1, event{"note", {{"n", 1}}});
  BOOST_TEST(a.read_text() == pushed("note", R"({"n":1})"));
  BOOST_TEST(again.read_text() == pushed("note", R"({"n":1})"));
  server->broadcast("room.lobby", event{"note", 2});
  BOOST_TEST(b.read_text() == pushed("note", "2"));
}

BOOST_AUTO_TEST_SUITE_END()
