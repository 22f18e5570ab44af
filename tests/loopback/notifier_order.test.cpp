// What the application tells clients from a thread of its own.

#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/raw_client.hpp"
#include "support/test_server.hpp"

namespace notifier_order_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

// README: begin blocking
handler_spec album() {
  return handler("album").action(
      "develop",
      [](arg<"photo", std::string> photo, const notifier& tells) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10}); // work
        tells.broadcast("album", {"album.photo", {{"photo", *photo}}, 201});
        return ok();
      },
      blocking);
}
// README: end blocking

caf::behavior clock_actor(caf::event_based_actor*, const notifier& tells) {
  return {[tells](caf::tick_atom) {
    tells.broadcast("album", {"album.tick", nullptr, 200});
  }};
}

// README: begin before
caf::expected<server> serve_with_clock(caf::actor_system& sys) {
  const notifier tells{sys};
  sys.spawn(clock_actor, tells);
  return serve(sys, tells, endpoint("/ws/", album()));
}
// README: end before

std::string tick(int number) {
  return R"({"type":"tick","data":)" + std::to_string(number)
         + R"(,"status":200})";
}

/// Clients on two units, whose connections are known.
struct fixture {
  handler_spec root() {
    return handler("root").action(
        "meet", [this](const context& ctx) { met.put(ctx.connection()); });
  }

  caf::actor meet(websocket_client& visitor) {
    visitor.ask(R"({"action":"meet"})");
    return met.take();
  }

  channel<caf::actor> met;
  test_server server{{endpoint("/ws/", root()).route("album/$", album())}};
  const stagedoor::notifier& tells = server->notifier();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(notifier_order, fixture)

// The orders cross units: each of the clients is on its own.
BOOST_AUTO_TEST_CASE(members_hear_what_is_said_while_they_are_members) {
  constexpr int rounds = 300;
  websocket_client first{server.port(), "/ws/"};
  websocket_client second{server.port(), "/ws/"};
  const std::vector<caf::actor> members{meet(first), meet(second)};
  for (int i = 0; i < rounds; ++i) {
    const auto& member = members[i % 2];
    tells.join(member, "g");
    tells.broadcast("g", {"tick", i, 200});
    tells.leave(member, "g");
    tells.broadcast("g", {"tick", -1, 200});
    tells.push(member, {"tick", rounds + i, 200});
  }
  for (int i = 0; i < rounds; ++i) {
    auto& member = i % 2 == 0 ? first : second;
    BOOST_REQUIRE(member.read_text() == tick(i));
    BOOST_REQUIRE(member.read_text() == tick(rounds + i));
  }
}

BOOST_AUTO_TEST_CASE(what_was_said_comes_before_the_close) {
  for (int i = 0; i < 20; ++i) {
    websocket_client member{server.port(), "/ws/"};
    const auto connection = meet(member);
    tells.join(connection, "g");
    tells.broadcast("g", {"tick", i, 200});
    tells.close_connection(connection, static_cast<close_code>(4000), "over");
    BOOST_TEST(member.read_text() == tick(i));
    const auto end = member.read_close();
    BOOST_TEST(end.code == 4000);
    BOOST_TEST(end.reason == "over");
  }
}

BOOST_AUTO_TEST_CASE(a_blocking_action_tells_what_it_has_done) {
  websocket_client member{server.port(), "/ws/"};
  websocket_client other{server.port(), "/ws/"};
  tells.join(meet(member), "album");
  other.ask(R"({"action":"develop","route":"album/","photo":"p"})");
  BOOST_TEST(member.read_text()
             == R"({"type":"album.photo","data":{"photo":"p"},"status":201})");
}

BOOST_AUTO_TEST_CASE(an_actor_may_have_it_before_there_is_a_server) {
  stagedoor::config options;
  options.set("port", std::uint16_t{0});
  caf::actor_system sys{options};
  const auto running = serve_with_clock(sys);
  BOOST_TEST((running ? "" : text_of(running.error())) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace notifier_order_suite
