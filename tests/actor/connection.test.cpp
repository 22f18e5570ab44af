#include "stagedoor/actors/connections/connection.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/connection_fixture.hpp"

namespace connection_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

struct small_limits : connection_fixture {
  static limits bounds() {
    limits result;
    result.concurrent_actions_max = 2;
    result.message_rate_max = 2;
    result.message_burst_max = 3;
    result.throttled_in_row_max = 4;
    return result;
  }
  small_limits() : connection_fixture(bounds()) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connection, connection_fixture)

// -- messages -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_goes_to_the_router_and_its_reply_to_the_socket) {
  open();
  receive(R"({"action":"0","route":"a/","request_id":5,"x":1})");
  BOOST_TEST(socket->take() == "read\n");
  BOOST_REQUIRE(router().count() == 1u);
  const auto& asked = router().last();
  BOOST_TEST(*asked.message.head.action == "0");
  BOOST_TEST(asked.message.head.route == "a/");
  BOOST_TEST(to_json(asked.message.arguments) == R"({"x":1})");
  BOOST_TEST(asked.scope->path == "/ws/");
  BOOST_TEST(asked.sequence == 1u);
  BOOST_TEST(asked.concurrent_allowed);
  BOOST_TEST((asked.connection == caf::actor_cast<caf::actor>(subject)));
  reply_last(ok({{"y", 2}}));
  BOOST_TEST(socket->take() == sent(success(R"({"y":2})", "0", "a/", "5")));
}

BOOST_AUTO_TEST_CASE(messages_are_handled_one_after_the_other) {
  open();
  receive(0);
  receive(1);
  receive(2);
  BOOST_TEST(router().count() == 1u);
  socket->take();
  reply_last();
  BOOST_TEST(router().count() == 2u);
  BOOST_TEST(router().last().sequence == 2u);
  BOOST_TEST(socket->take() == done_sent);
  reply_last();
  reply_last();
  BOOST_TEST(socket->take()
             == sent(success("null", "1")) + sent(success("null", "2")));
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_answered_in_its_turn) {
  open();
  receive(0);
  receive("{");
  receive(R"({"route":""})");
  socket->take();
  reply_last();
  BOOST_TEST(socket->take()
             == done_sent + sent(malformed(not_json_at(1)))
                    + sent(R"({"errors":[{"detail":"Unable to find action in )"
                           R"(message body."}],"data":null,"action":null,)"
                           R"("route":"","status":404})"));
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_binary_message_is_malformed) {
  open();
  receive(R"({"action":"0"})", frame_type::binary);
  BOOST_TEST(socket->take() == sent(malformed(binary_message)) + "read\n");
}

BOOST_AUTO_TEST_CASE(a_router_that_is_gone_is_a_503) {
  open();
  world.kill(router().handle());
  receive(0);
  auto unavailable = R"([{"detail":"Service unavailable."}])";
  BOOST_TEST(socket->take() == "read\n" + sent(failure(503, unavailable, "0")));
}

BOOST_AUTO_TEST_CASE(an_error_instead_of_a_reply_is_answered) {
  open();
  receive(0);
  socket->take();
  router().fail_last(make_error(errc::timed_out));
  world.settle();
  BOOST_TEST(
      socket->take()
      == sent(failure(504, R"([{"detail":"Request timed out."}])", "0")));
}

BOOST_AUTO_TEST_CASE(past_the_waiting_messages_the_socket_is_not_read) {
  open();
  auto waiting = static_cast<int>(world.bounds().waiting_messages_max);
  // One that is handled, and those that wait.
  BOOST_TEST(fill_window() == 1 + waiting);
  BOOST_TEST(router().count() == 1u);
  socket->take();
  reply_last();
  BOOST_TEST(socket->take() == done_sent + "read\n");
  BOOST_TEST(fill_window() == 1);
}

BOOST_AUTO_TEST_CASE(a_silent_reply_is_not_sent_and_the_next_is_handled) {
  open();
  receive(0);
  receive(1);
  socket->take();
  reply_last(reply::silent());
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(router().count() == 2u);
}

BOOST_AUTO_TEST_CASE(only_malformed_messages_end_the_connection) {
  open();
  auto most = world.bounds().malformed_in_row_max;
  for (std::size_t i = 1; i < most; ++i) {
    receive("?");
    BOOST_TEST(socket->take() == sent(malformed(not_json_at(0))) + "read\n");
  }
  receive("?");
  BOOST_TEST(socket->take()
             == sent(malformed(not_json_at(0)))
                    + "close 1008 only malformed messages\n");
}

BOOST_AUTO_TEST_CASE(a_good_message_forgives_the_malformed_ones) {
  open();
  auto most = world.bounds().malformed_in_row_max;
  for (std::size_t i = 1; i < most; ++i)
    receive("?");
  receive(0);
  reply_last();
  socket->take();
  for (std::size_t i = 1; i < most; ++i)
    receive("?");
  BOOST_TEST(socket->is_read());
  receive("?");
  BOOST_TEST(socket->take().ends_with("close 1008 only malformed messages\n"));
}

BOOST_FIXTURE_TEST_CASE(a_malformed_message_forgives_no_throttled_one,
                        small_limits) {
  open();
  for (int i = 0; i < 3 + 3; ++i)
    receive("?");
  BOOST_TEST(socket->is_read());
  world.advance(1s);
  receive("?");
  receive("?");
  BOOST_TEST(socket->is_read());
  socket->take();
  receive("?");
  BOOST_TEST(socket->take().ends_with("close 1008 over the message rate\n"));
}

BOOST_FIXTURE_TEST_CASE(over_the_message_rate_it_is_a_429, small_limits) {
  open();
  for (int i = 0; i < 3; ++i) {
    receive(i);
    reply_last();
  }
  socket->take();
  receive(3);
  BOOST_TEST(router().count() == 3u);
  BOOST_TEST(socket->take()
             == sent(failure(429,
                             R"([{"detail":"Request was throttled. Expected )"
                             R"(available in 1 second."}])",
                             "3"))
                    + "read\n");
  // Two a second.
  world.advance(500ms);
  receive(4);
  BOOST_TEST(router().count() == 4u);
}

BOOST_FIXTURE_TEST_CASE(going_on_after_429s_ends_the_connection, small_limits) {
  open();
  for (int i = 0; i < 3; ++i) {
    receive(i);
    reply_last();
  }
  for (int i = 0; i < 3; ++i)
    receive(3);
  BOOST_TEST(socket->is_read());
  socket->take();
  receive(3);
  auto log = socket->take();
  BOOST_TEST(
      log.starts_with("send {\"errors\":[{\"detail\":\"Request was thr"));
  BOOST_TEST(log.ends_with("close 1008 over the message rate\n"));
}

// -- concurrent actions -------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_interim_reply_frees_the_queue) {
  open();
  receive(R"({"action":"0","request_id":"a"})");
  receive(1);
  socket->take();
  reply_last(reply::interim());
  BOOST_TEST(socket->take() == "");
  BOOST_REQUIRE(router().count() == 2u);
  reply_last();
  BOOST_TEST(socket->take() == sent(success("null", "1")));
  tell(late_reply{1, ok()});
  BOOST_TEST(socket->take() == sent(success("null", "0", "", "\"a\"")));
}

BOOST_AUTO_TEST_CASE(a_late_reply_counts_once_and_only_if_it_is_due) {
  open();
  receive(0);
  reply_last(reply::interim());
  socket->take();
  tell(late_reply{2, ok()});
  BOOST_TEST(socket->take() == "");
  tell(late_reply{1, ok()});
  tell(late_reply{1, ok()});
  BOOST_TEST(socket->take() == done_sent);
}

BOOST_FIXTURE_TEST_CASE(no_more_concurrent_actions_than_it_may, small_limits) {
  open();
  receive(0);
  reply_last(reply::interim());
  receive(1);
  BOOST_TEST(router().last().concurrent_allowed);
  reply_last(reply::interim());
  receive(2);
  BOOST_TEST(!router().last().concurrent_allowed);
  reply_last();
  tell(late_reply{1, ok()});
  world.advance(1s);
  receive(3);
  BOOST_TEST(router().last().concurrent_allowed);
}

// -- pushes and backpressure --------------------------------------------------

BOOST_AUTO_TEST_CASE(an_event_is_sent_once_the_connection_is_open) {
  start();
  tell(event{"early", nullptr});
  request_head("/ws/");
  decide(allow());
  tell(event{"early", nullptr});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  socket->take();
  tell(event{"news", {{"n", 1}}});
  BOOST_TEST(socket->take()
             == sent(R"({"type":"news","data":{"n":1},"status":200})"));
}

BOOST_AUTO_TEST_CASE(while_the_outbound_queue_is_full_nothing_is_handled) {
  open();
  receive(0);
  receive(1);
  receive(2);
  socket->take();
  socket->full = true;
  // Replies are never dropped.
  reply_last();
  BOOST_TEST(socket->take() == done_sent);
  BOOST_TEST(router().count() == 1u);
  // The read that is under way may still bring one.
  receive(3);
  BOOST_TEST(!socket->is_read());
  BOOST_TEST(router().count() == 1u);
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(router().count() == 2u);
  BOOST_TEST(socket->take() == "read\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace connection_suite
