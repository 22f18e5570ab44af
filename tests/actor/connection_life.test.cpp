// The end of a connection's life: closed, killed, drained.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/connection_fixture.hpp"

namespace connection_life_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// What a drained client is told to wait, -1 if it is told something else.
long told_to_wait(const std::string& log, const std::string& begin) {
  const auto whole_begin = begin + "{\"reconnect_after_ms\":";
  if (!log.starts_with(whole_begin) || !log.ends_with("}\n"))
    return -1;
  return std::strtol(log.c_str() + whole_begin.size(), nullptr, 10);
}

/// The same of the event that begins a drain, which has to be the first line.
/// @returns what is left of the log.
std::string without_announcement(const std::string& log, long& wait) {
  const auto end = log.find('\n') + 1;
  const std::string tail = ",\"status\":503}\n";
  auto line = log.substr(0, end);
  BOOST_REQUIRE(line.ends_with(tail));
  line.replace(line.size() - tail.size(), tail.size(), "\n");
  wait = told_to_wait(line, R"(send {"type":"server.draining","data":)");
  BOOST_TEST(wait >= 0);
  return log.substr(end);
}

/// The time that an idle client is told twice, by an event and by the close.
long told_twice(const std::string& log) {
  long wait = -1;
  const auto close = without_announcement(log, wait);
  BOOST_TEST(told_to_wait(close, "close 4012 ") == wait);
  return wait;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(connection_life, connection_fixture)

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(it_closes_with_the_code_and_the_reason_that_it_is_told) {
  open();
  tell(caf::close_atom_v, std::uint16_t{4401}, std::string{"expired"});
  BOOST_TEST(socket->take() == "close 4401 expired\n");
  // Nothing is handled or sent any more.
  tell(event{"late", nullptr});
  world.advance(1h);
  BOOST_TEST(socket->take() == "");
  emit(transport_ended{close_code::credentials_expired, "expired"});
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(it_closes_without_a_reason_that_is_not_utf8) {
  open();
  tell(caf::close_atom_v, std::uint16_t{4401}, std::string{"abgel\xE4uft"});
  BOOST_TEST(socket->take() == "close 4401 \n");
  BOOST_TEST(world.logged("connection 7: closes with 4401 and without its "
                          "reason: it is not UTF-8"));
}

BOOST_AUTO_TEST_CASE(a_reply_behind_the_close_goes_nowhere) {
  open();
  receive(0);
  receive(1);
  socket->take();
  tell(caf::close_atom_v, std::uint16_t{1008}, std::string{"enough"});
  BOOST_TEST(socket->take() == "close 1008 enough\n");
  reply_last();
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_behind_the_close_is_not_handled) {
  open();
  tell(caf::close_atom_v, std::uint16_t{1008}, std::string{"enough"});
  socket->take();
  receive(0);
  BOOST_TEST(router().count() == 0u);
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_socket_and_is_one_line_in_the_log) {
  open();
  receive(0);
  reply_last();
  emit(transport_ended{close_code::normal, "closed by the client"});
  BOOST_TEST(!is_alive());
  BOOST_TEST(world.log()
             == "info connection 7: 127.0.0.1:4711 \"/ws/\" user=null closed "
                "1000 after 1 messages, 0 pushes dropped: closed by the "
                "client\n");
}

BOOST_AUTO_TEST_CASE(killed_while_open_it_says_1011) {
  open();
  receive(0);
  socket->take();
  world.kill(subject);
  BOOST_TEST(socket->take() == "close_and_forget 1011\n");
  BOOST_TEST(!is_alive());
  // Its state is gone, and so is the socket once it has closed.
  BOOST_TEST(socket.use_count() == 1);
  reply_last();
}

BOOST_AUTO_TEST_CASE(killed_before_it_is_open_it_ends_the_socket) {
  start();
  request_head("/ws/");
  world.kill(subject);
  BOOST_TEST(socket->take() == "abort\n");
  decide(allow());
  BOOST_TEST(socket->take() == "");
}

// -- the client closes --------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_close_of_the_client_is_answered_at_once) {
  open();
  emit(client_closed{});
  BOOST_TEST(socket->take() == "answer_close\n");
  emit(transport_ended{close_code::normal, "closed by the client"});
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(what_came_before_a_close_is_answered_first) {
  open();
  for (int i = 0; i < 3; ++i)
    receive(i);
  socket->take();
  emit(client_closed{});
  BOOST_TEST(socket->take() == "");
  for (int i = 0; i < 3; ++i)
    reply_last();
  BOOST_TEST(socket->take()
             == done_sent + sent(success("null", "1"))
                    + sent(success("null", "2")) + "answer_close\n");
}

BOOST_AUTO_TEST_CASE(a_close_waits_for_concurrent_actions) {
  open();
  receive(0);
  reply_last(reply::interim());
  socket->take();
  emit(client_closed{});
  BOOST_TEST(socket->take() == "");
  tell(late_reply{1, ok()});
  BOOST_TEST(socket->take() == done_sent + "answer_close\n");
}

BOOST_AUTO_TEST_CASE(who_has_closed_is_not_idle) {
  open();
  receive(0);
  emit(client_closed{});
  socket->take();
  world.advance(2 * world.bounds().idle_timeout);
  BOOST_TEST(socket->take() == "");
  reply_last();
  BOOST_TEST(socket->take() == done_sent + "answer_close\n");
}

BOOST_AUTO_TEST_CASE(a_drain_leaves_the_last_word_to_the_client) {
  open();
  receive(0);
  emit(client_closed{});
  tell(drain_atom_v);
  socket->take();
  reply_last();
  BOOST_TEST(socket->take() == done_sent + "answer_close\n");
}

BOOST_AUTO_TEST_CASE(who_has_closed_is_closed_for_other_reasons_too) {
  open();
  receive(0);
  emit(client_closed{});
  socket->take();
  tell(caf::close_atom_v, std::uint16_t{4401}, std::string{"revoked"});
  BOOST_TEST(socket->take() == "close 4401 revoked\n");
  reply_last();
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_reset_ends_what_has_not_begun) {
  open();
  receive(0);
  receive(1);
  emit(client_closed{});
  emit(transport_ended{close_code::normal, "reset"});
  BOOST_TEST(!is_alive());
  reply_last();
  BOOST_TEST(router().count() == 1u);
}

// -- draining -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_drain_closes_with_4012_and_a_time_to_come_back) {
  open();
  tell(drain_atom_v);
  const auto wait = told_twice(socket->take());
  BOOST_TEST(wait >= 0);
  BOOST_TEST(wait <= world.bounds().reconnect_window.count());
}

BOOST_AUTO_TEST_CASE(a_drain_finishes_what_has_come) {
  open();
  receive(0);
  receive(1);
  socket->take();
  tell(drain_atom_v);
  long wait = -1;
  BOOST_TEST(without_announcement(socket->take(), wait) == "");
  // Once is enough.
  tell(drain_atom_v);
  BOOST_TEST(socket->take() == "");
  reply_last();
  BOOST_TEST(socket->take() == done_sent);
  reply_last();
  auto log = socket->take();
  auto last = sent(success("null", "1"));
  BOOST_REQUIRE(log.starts_with(last));
  BOOST_TEST(told_to_wait(log.substr(last.size()), "close 4012 ") == wait);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_concurrent_actions) {
  open();
  receive(0);
  reply_last(reply::interim());
  socket->take();
  tell(drain_atom_v);
  long wait = -1;
  BOOST_TEST(without_announcement(socket->take(), wait) == "");
  tell(late_reply{1, ok()});
  auto log = socket->take();
  BOOST_REQUIRE(log.starts_with(done_sent));
  BOOST_TEST(told_to_wait(log.substr(done_sent.size()), "close 4012 ") == wait);
}

BOOST_AUTO_TEST_CASE(a_drain_reads_nothing_more) {
  open();
  receive(0);
  tell(drain_atom_v);
  receive(1);
  BOOST_TEST(!socket->is_read());
  reply_last();
  BOOST_TEST(!socket->is_read());
}

BOOST_AUTO_TEST_CASE(one_that_opens_into_a_drain_is_closed_at_once) {
  start();
  request_head("/ws/");
  decide(allow());
  ready->drain();
  tell(drain_atom_v);
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(told_twice(socket->take()) >= 0);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_an_opening_request) {
  start();
  ready->drain();
  tell(drain_atom_v);
  BOOST_TEST(socket->take() == "abort\n");
  BOOST_TEST(!is_alive());
  BOOST_TEST(world.log() == "");
}

BOOST_AUTO_TEST_CASE(a_drain_is_jittered) {
  std::vector<long> waits;
  for (int i = 0; i < 5; ++i) {
    connection_fixture other;
    other.open();
    other.tell(drain_atom_v);
    waits.push_back(told_twice(other.socket->take()));
  }
  std::sort(waits.begin(), waits.end());
  BOOST_TEST(waits.front() != waits.back());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace connection_life_suite
