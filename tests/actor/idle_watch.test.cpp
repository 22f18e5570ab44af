// What a connection does about a client that has gone silent.

#include "stagedoor/actors/connections/idle_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/connection_fixture.hpp"

namespace idle_watch_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(idle_watch, connection_fixture)

BOOST_AUTO_TEST_CASE(silence_is_a_ping_and_then_a_4408) {
  open();
  auto ping = world.bounds().ping_interval;
  world.advance(ping - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "ping\n");
  world.advance(world.bounds().idle_timeout - ping - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4408 idle\n");
}

BOOST_AUTO_TEST_CASE(a_pong_is_a_sign_of_life) {
  open();
  auto ping = world.bounds().ping_interval;
  for (int i = 0; i < 5; ++i) {
    world.advance(ping);
    BOOST_TEST(socket->take() == "ping\n");
    socket->hear();
  }
  world.advance(world.bounds().idle_timeout - 1ms);
  socket->take();
  BOOST_TEST(is_alive());
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4408 idle\n");
}

BOOST_AUTO_TEST_CASE(pings_keep_their_interval_if_idle_timeout_is_far_longer) {
  limits bounds;
  bounds.idle_timeout = 10 * bounds.ping_interval;
  connection_fixture other{bounds};
  other.open();
  for (int i = 0; i < 5; ++i) {
    other.world.advance(bounds.ping_interval - 1ms);
    BOOST_TEST(other.socket->take() == "");
    other.world.advance(1ms);
    BOOST_TEST(other.socket->take() == "ping\n");
    // The pong takes half a second.
    other.world.advance(500ms);
    other.socket->hear();
  }
  // One ping that is not answered is enough.
  other.world.advance(bounds.ping_interval);
  BOOST_TEST(other.socket->take() == "ping\n");
  other.world.advance(bounds.idle_timeout - 2 * bounds.ping_interval);
  BOOST_TEST(other.socket->take() == "");
  other.world.advance(bounds.ping_interval - 1ms);
  BOOST_TEST(other.socket->take() == "");
  other.world.advance(1ms);
  BOOST_TEST(other.socket->take() == "close 4408 idle\n");
}

BOOST_AUTO_TEST_CASE(who_talks_is_not_pinged) {
  open();
  for (int i = 0; i < 10; ++i) {
    world.advance(world.bounds().ping_interval - 1s);
    receive(0);
    reply_last();
    BOOST_TEST(socket->take().find("ping") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_idle_clock_rests_while_the_socket_is_not_read) {
  open();
  fill_window();
  socket->take();
  world.advance(10 * world.bounds().idle_timeout);
  BOOST_TEST(socket->take() == "");
  // Reading again it has its whole time again.
  reply_last();
  BOOST_TEST(socket->is_read());
  socket->take();
  world.advance(world.bounds().ping_interval - 1ms);
  BOOST_TEST(socket->take() == "");
  // The ping may be late by one interval, the close has its exact time.
  world.advance(world.bounds().idle_timeout - world.bounds().ping_interval);
  BOOST_TEST(socket->take() == "ping\n");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4408 idle\n");
}

BOOST_AUTO_TEST_CASE(the_idle_clock_begins_with_the_first_read) {
  start();
  request_head("/ws/");
  world.advance(1s);
  decide(allow());
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "accept \"\"\nread\n");
  world.advance(world.bounds().ping_interval);
  BOOST_TEST(socket->take() == "ping\n");
  // The second before the first read does not count.
  world.advance(world.bounds().idle_timeout - world.bounds().ping_interval
                - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4408 idle\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace idle_watch_suite
