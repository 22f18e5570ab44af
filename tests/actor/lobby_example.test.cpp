// The example server with rooms, examples/lobby/.

#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "lobby.hpp"

namespace lobby_example_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

struct lobby_world {
  world stage{::lobby()};
  client alice = stage.connect("/ws/", user_named("alice", 1));
  client bob = stage.connect("/ws/", user_named("bob", 2));

  static void ignore_presence(client& of) { of.expect_event("group.joined"); }

  void enter(client& who) {
    who.push("rooms/a/", "enter").expect_reply(200);
    ignore_presence(who);
  }
};

json::object line(const std::string& by, const std::string& text) {
  return {{"by", by}, {"text", text}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(lobby_example, lobby_world)

BOOST_AUTO_TEST_CASE(who_enters_hears_what_is_said_and_gets_what_was_said) {
  enter(alice);
  alice.push("rooms/a/", "say", {{"text", "hello"}})
      .expect_reply(200, line("alice", "hello"));
  alice.expect_event("lobby.said", line("alice", "hello"));
  bob.push("rooms/a/", "enter")
      .expect_reply(200, {{"owner", "alice"},
                          {"lines", json::array{line("alice", "hello")}}});
  ignore_presence(bob);
  ignore_presence(alice);
  bob.push("rooms/a/", "say", {{"text", "hi"}}).expect_reply(200);
  alice.expect_event("lobby.said", line("bob", "hi"));
}

BOOST_AUTO_TEST_CASE(rooms_know_nothing_of_each_other) {
  enter(alice);
  bob.push("rooms/b/", "enter")
      .expect_reply(200, {{"owner", "bob"}, {"lines", json::array{}}});
  bob.expect_event("group.joined");
  bob.push("rooms/b/", "say", {{"text", "anybody?"}}).expect_reply(200);
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(only_who_is_inside_may_talk) {
  enter(alice);
  bob.push("rooms/a/", "say", {{"text", "hi"}})
      .expect_errors(400, {"Enter the room first."});
  alice.push("rooms/a/", "say", {{"text", std::string(500, 'x')}})
      .expect_reply(200);
  alice.push("rooms/a/", "say", {{"text", std::string(501, 'x')}})
      .expect_errors(400,
                     {{{"text", {"Ensure this field has 1 to 500 bytes."}}}});
  stage.connect("/ws/").push("rooms/a/", "enter").expect_reply(403);
}

BOOST_AUTO_TEST_CASE(the_owner_may_send_somebody_out) {
  enter(alice);
  enter(bob);
  ignore_presence(alice);
  bob.push("rooms/a/", "kick", {{"user", "alice"}}).expect_reply(403);
  alice.push("rooms/a/", "kick", {{"user", "carol"}}).expect_reply(404);
  alice.push("rooms/a/", "kick", {{"user", "bob"}}).expect_reply(200);
  bob.expect_event("lobby.kicked", {{"by", "alice"}});
  alice.push("rooms/a/", "say", {{"text", "gone"}}).expect_reply(200);
  bob.expect_nothing();
  bob.push("rooms/a/", "say", {{"text", "hi"}}).expect_reply(400);
}

BOOST_AUTO_TEST_CASE(the_next_one_owns_a_room_that_was_empty) {
  enter(alice);
  alice.disconnect();
  bob.push("rooms/a/", "enter")
      .expect_reply(200, {{"owner", "bob"}, {"lines", json::array{}}});
}

BOOST_AUTO_TEST_CASE(only_the_last_lines_are_kept) {
  enter(alice);
  for (int i = 0; i < 51; ++i)
    alice.push("rooms/a/", "say", {{"text", std::to_string(i)}})
        .expect_reply(200);
  auto entered = bob.push("rooms/a/", "enter").reply();
  const auto& lines = entered.at("data").at("lines").as_array();
  BOOST_TEST(lines.size() == 50u);
  BOOST_TEST(lines.front().at("text") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace lobby_example_suite
