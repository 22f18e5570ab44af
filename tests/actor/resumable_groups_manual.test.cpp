// The code of actors/groups/README.md, "Groups that keep their events", in the
// kit for users.

#include <boost/test/unit_test.hpp>

#include <stagedoor/stagedoor.hpp>
#include <stagedoor/testing/world.hpp>

#include <chrono>
#include <string>

namespace resumable_groups_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

handler_spec room() {
  return handler("room").action(
      "join", [](const context& ctx) { return ctx.join("room.a"); });
}

endpoint chat() {
  return endpoint("/ws/", room())
      .group(R"(room\..*)", guarded_by(is_authenticated()),
             history{.events = 500, .bytes = 256 * 1024, .age = 10min},
             replay_on_join{20});
}

} // namespace

BOOST_AUTO_TEST_SUITE(resumable_groups_manual)

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_goes_on_where_it_was) {
  world stage{chat()};
  auto alice = stage.connect("/ws/", user_named("alice", 1));
  alice.push("", "join").expect_reply(200);
  const auto position = alice.event();
  BOOST_TEST(position.at("data").at("offset").as_int64() == 0);
  stage.broadcast("room.a", {"said", 1});
  alice.expect_event("said", 1);
  alice.disconnect();
  stage.broadcast("room.a", {"said", 2});
  auto again = stage.connect("/ws/", user_named("alice", 1));
  auto where = position.at("data").as_object();
  where["offset"] = 1;
  const auto answer =
      again.push("$groups/", "resume", {{"groups", json::array{where}}})
          .reply();
  BOOST_TEST(answer.at("data").at("groups").at(0).at("missed").as_int64() == 1);
  again.expect_event("said", 2);
  auto bob = stage.connect("/ws/", user_named("bob", 2));
  bob.push("", "join").expect_reply(200);
  bob.expect_event("group.position");
  bob.expect_event("said", 1);
  bob.expect_event("said", 2);
  bob.expect_nothing();
  auto nobody = stage.connect("/ws/");
  nobody.push("", "join").expect_reply(403);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace resumable_groups_manual_suite
