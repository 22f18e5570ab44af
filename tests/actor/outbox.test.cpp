// What a connection does about a client that takes less than is sent to it.

#include "stagedoor/actors/connections/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include "support/connection_fixture.hpp"

namespace outbox_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(outbox, connection_fixture)

BOOST_AUTO_TEST_CASE(pushes_are_dropped_while_it_is_full_and_counted) {
  open();
  socket->full = true;
  tell(event{"lost", nullptr});
  tell(event{"lost", nullptr});
  socket->full = false;
  tell(event{"kept", nullptr});
  BOOST_TEST(socket->take()
             == sent(R"({"type":"kept","data":null,"status":200})"));
  emit(transport_ended{close_code::normal, "bye"});
  BOOST_TEST(world.logged("closed 1000 after 0 messages, 2 pushes dropped: "
                          "bye"));
}

BOOST_AUTO_TEST_CASE(a_reply_that_json_cannot_express_is_a_500) {
  open();
  receive(0);
  socket->take();
  reply_last(ok("\xFF"));
  BOOST_TEST(socket->take() == sent(failure(500, server_error, "0")));
  BOOST_TEST(world.logged("action \"0\": the reply has text that is not UTF-8, "
                          "or a number that is not finite\n"));
  BOOST_TEST(world.metrics().drops(drop_reason::not_json).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_push_that_json_cannot_express_is_dropped_and_counted) {
  open();
  tell(event{"odd", "\xFF"});
  tell(event{"\xFF", nullptr});
  tell(event{"good", nullptr});
  BOOST_TEST(socket->take()
             == sent(R"({"type":"good","data":null,"status":200})"));
  BOOST_TEST(world.logged("connection 7: the event \"odd\" is not sent: "));
  BOOST_TEST(world.metrics().drops(drop_reason::not_json).value() == 2u);
}

BOOST_AUTO_TEST_CASE(a_full_socket_that_takes_nothing_is_closed_with_4013) {
  open();
  receive(0);
  socket->full = true;
  reply_last();
  socket->take();
  world.advance(world.bounds().write_stall_timeout - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
}

BOOST_AUTO_TEST_CASE(who_has_closed_gets_the_time_of_a_close) {
  for (const auto was_full_before : {true, false}) {
    connection_fixture other;
    other.open();
    other.receive(0);
    other.receive(1);
    const auto fill = [&] {
      other.socket->full = true;
      other.reply_last();
    };
    if (was_full_before)
      fill();
    other.emit(client_closed{});
    if (!was_full_before)
      fill();
    other.socket->take();
    other.world.advance(other.world.bounds().close_timeout - 1ms);
    BOOST_TEST(other.socket->take() == "");
    other.world.advance(1ms);
    BOOST_TEST(other.socket->take() == "close 4013 slow consumer\n");
  }
}

BOOST_AUTO_TEST_CASE(one_that_takes_a_little_is_waited_for) {
  open();
  receive(0);
  socket->full = true;
  reply_last();
  socket->take();
  auto timeout = world.bounds().write_stall_timeout;
  for (int i = 0; i < 3; ++i) {
    world.advance(timeout - 1ms);
    ++socket->taken;
    socket->hear(); // Or it would be pinged.
    world.advance(1ms);
    BOOST_TEST(socket->take() == "");
  }
  world.advance(timeout);
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
}

BOOST_AUTO_TEST_CASE(once_drained_the_stall_is_forgotten) {
  open();
  receive(0);
  socket->full = true;
  reply_last();
  world.advance(world.bounds().write_stall_timeout / 2);
  socket->full = false;
  emit(outbound_drained{});
  // Full again: it has its whole time again.
  receive(1);
  socket->full = true;
  reply_last();
  socket->take();
  world.advance(world.bounds().write_stall_timeout - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
}

BOOST_AUTO_TEST_CASE(a_queue_that_has_room_when_the_time_is_over_is_no_stall) {
  open();
  receive(0);
  socket->full = true;
  reply_last();
  socket->take();
  socket->full = false;
  // The socket's own word for it is still on its way.
  world.advance(world.bounds().write_stall_timeout);
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace outbox_suite
