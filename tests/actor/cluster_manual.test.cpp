// tests/kit/README.md, "A cluster".

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/cluster_world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace cluster_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

// README: begin rooms
handler_spec room() {
  return handler("room")
      .action("join",
              [](const context& ctx, arg<"room", std::string> room) {
                return ctx.join("room." + *room);
              })
      .action(
          "say",
          [](arg<"sender", std::string> sender,
             arg<"number", std::int64_t> number) {
            return ok({{"sender", *sender}, {"number", *number}});
          },
          broadcasts("room.{room}", "room.message"));
}
// README: end rooms

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_manual)

BOOST_AUTO_TEST_CASE(members_hear_each_other_through_every_fault) {
  // README: begin sweep
  for (const auto seed : seeds(20)) {
    cluster_world stage{seed, 3};
    stage.serve(endpoint("/ws/").route(R"(rooms/(?P<room>\w+)/$)", room()));
    auto alice = stage.node(0).connect("/ws/", user_named("alice", 1));
    auto bob = stage.node(1).connect("/ws/", user_named("bob", 2));
    for (const auto& each : {alice, bob})
      each.push("rooms/lobby/", "join").expect_reply(200);

    alice.push("rooms/lobby/", "say", {{"sender", "alice"}, {"number", 1}});
    bob.expect_event("room.message", {{"sender", "alice"}, {"number", 1}});

    int number = 1;
    stage.shake(10s, [&] { // Nodes are cut off, killed, and stand still.
      if (stage.runs(0) && alice.is_open())
        alice.push("rooms/lobby/", "say",
                   {{"sender", "alice"}, {"number", ++number}});
    });
    stage.expect_no_violations();
  }
  // README: end sweep
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_manual_suite
