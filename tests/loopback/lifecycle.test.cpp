// The life of a connection, see protocol/README.md, "Close codes": what ends
// it, what holds it up, and what does neither.

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/held_replies.hpp"
#include "support/http_texts.hpp"

namespace lifecycle_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// More than the kernel's buffers between two sockets of one machine.
constexpr std::size_t unbuffered_bytes = 8 * 1024 * 1024;

/// One unit, so that one connection can wait for what another one set off.
test_server::edit one_unit(std::function<void(limits&)> change = {}) {
  return [change = std::move(change)](server_options& options) {
    options.threads = 1;
    if (change)
      change(options.limits);
  };
}

/// A server with held replies and one client.
struct server_with_client {
  explicit server_with_client(const test_server::edit& change = one_unit())
      : server({replies.endpoint()}, change), client(server.port(), "/ws/") {}

  ~server_with_client() { replies.block_gate.open(); }

  server_with_client(const server_with_client&) = delete;
  server_with_client& operator=(const server_with_client&) = delete;

  caf::actor connection_of(websocket_client& who) {
    who.send_text(numbered("introduce", 0));
    who.read_text();
    return replies.connections.take();
  }

  /// Comes back when the unit has done what it was told before.
  void round_trip() {
    websocket_client other(server.port(), "/ws/");
    for (int i = 0; i < 3; ++i) {
      other.send_text(ping_text);
      if (read_text_past_pings(other) != pong_text)
        throw std::runtime_error("no pong");
    }
    other.send_close();
    read_to_close(other);
  }

  /// Has the client ask for a reply that it cannot get without reading.
  void fill(std::size_t id) {
    client.send_text(numbered(
        "fill", id, R"(,"bytes":)" + std::to_string(unbuffered_bytes)));
    round_trip();
  }

  held_replies replies;
  test_server server;
  websocket_client client;
};

std::string answered(const std::string& action, std::size_t id,
                     const std::string& data = "null") {
  return success(data, action, "", std::to_string(id));
}

const std::string pong_data = R"({"pong":true})";
const std::string push_text =
    R"({"type":"general.broadcast","data":null,"status":200})";

/// What `server_with_client::fill` gets.
std::string fill_reply(std::size_t id) {
  return answered("fill", id, '"' + std::string(unbuffered_bytes, 'x') + '"');
}

void check_filled(websocket_client& client, std::size_t id) {
  // Not what it is: it would fill the report.
  BOOST_TEST((read_text_past_pings(client) == fill_reply(id)));
}

/// Lets an idle client come and go: a clock that needs no sleep.
void wait_for_an_idle_end(const test_server& server) {
  websocket_client idler(server.port(), "/ws/");
  if (read_to_close(idler).code != 4408)
    throw std::runtime_error("an idle client hears no 4408");
}

constexpr auto quick_ping_interval = 200ms;
constexpr auto quick_idle_timeout = 1s;

void make_quick_to_idle(limits& bounds) {
  bounds.ping_interval = quick_ping_interval;
  bounds.idle_timeout = quick_idle_timeout;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lifecycle)

// -- 1000: the client closes --------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_the_close_of_a_client) {
  test_server server;
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(client.say_goodbye() == (close_text{1000, ""}));
  client.close();
  BOOST_TEST(server.logs("closed 1000 after 0 messages"));
  BOOST_TEST(eventually([&] { return server.connection_count() == 0; }));
}

BOOST_AUTO_TEST_CASE(answers_a_close_with_any_code_that_a_client_may_send) {
  test_server server;
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{
           1001, 1003, 1011, 1014, 3000, 4000, 4999}) {
    websocket_client client(server.port(), "/ws/");
    client.send_close(code, "a reason");
    BOOST_TEST(client.read_close() == (close_text{code, "a reason"}));
    BOOST_TEST(client.expect_eof());
  }
  BOOST_TEST(server.logs("closed 4999 after 0 messages, 0 pushes dropped: "
                         "closed by the client: \"a reason\""));
  websocket_client client(server.port(), "/ws/");
  client.send_frame(true, opcode::close, "");
  BOOST_TEST(client.read_close().code == 1000);
  BOOST_TEST(client.expect_eof());
  client.close();
  BOOST_TEST(server.logs("closed 1005"));
}

/// How a client ends what it sends: with a close frame, or with the end of its
/// stream.
enum class farewell { close_frame, end_of_stream };

std::ostream& operator<<(std::ostream& out, farewell how) {
  return out << (how == farewell::close_frame ? "a close frame"
                                              : "the end of the stream");
}

constexpr std::array farewells{farewell::close_frame, farewell::end_of_stream};

void say_farewell(websocket_client& client, const std::string& last_bytes,
                  farewell how) {
  if (how == farewell::close_frame) {
    client.send_bytes(last_bytes
                      + encode_frame(true, opcode::close,
                                     "\x0F\xA0"
                                     "bye"));
  } else {
    client.send_bytes(last_bytes);
    client.end();
  }
}

void check_farewell(websocket_client& client, farewell how) {
  if (how == farewell::close_frame)
    BOOST_TEST(client.read_close() == (close_text{4000, "bye"}));
  BOOST_TEST(client.expect_eof());
}

BOOST_AUTO_TEST_CASE(what_came_before_the_client_closed_is_answered) {
  server_with_client set;
  for (const auto how : farewells)
    for (int i = 0; i < 50; ++i)
      BOOST_TEST_CONTEXT(how << ", time " << i) {
        websocket_client client(set.server.port(), "/ws/");
        std::string bytes;
        for (std::size_t id = 1; id <= 3; ++id)
          bytes += text_frame(numbered("ping", id));
        say_farewell(client, bytes, how);
        for (std::size_t id = 1; id <= 3; ++id)
          BOOST_TEST(client.read_text() == answered("ping", id, pong_data));
        check_farewell(client, how);
      }
}

BOOST_AUTO_TEST_CASE(what_waits_when_the_client_closes_is_answered_in_order) {
  for (const auto how : farewells)
    BOOST_TEST_CONTEXT(how) {
      server_with_client set;
      // More than may wait: the close comes behind what is not read yet.
      const std::size_t last = 2 * limits{}.waiting_messages_max;
      auto bytes = text_frame(numbered("block", 1));
      for (std::size_t id = 2; id <= last; ++id)
        bytes += text_frame(numbered("ping", id));
      say_farewell(set.client, bytes, how);
      set.replies.block_gate.wait_for();
      set.round_trip();
      set.replies.block_gate.open();
      BOOST_TEST(set.client.read_text() == answered("block", 1));
      for (std::size_t id = 2; id <= last; ++id)
        BOOST_TEST(set.client.read_text() == answered("ping", id, pong_data));
      check_farewell(set.client, how);
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_closed_hears_of_actions_beside_the_queue) {
  for (const auto how : farewells)
    BOOST_TEST_CONTEXT(how) {
      server_with_client set;
      say_farewell(set.client,
                   text_frame(numbered("hold_beside", 1))
                       + text_frame(numbered("hold", 2)),
                   how);
      auto beside = set.replies.held.take();
      auto held = set.replies.held.take();
      set.round_trip();
      beside.answer(ok("beside"));
      BOOST_TEST(set.client.read_text()
                 == answered("hold_beside", 1, R"("beside")"));
      held.answer(ok("held"));
      BOOST_TEST(set.client.read_text() == answered("hold", 2, R"("held")"));
      check_farewell(set.client, how);
    }
}

BOOST_AUTO_TEST_CASE(what_stands_behind_the_head_is_answered_before_a_close) {
  test_server server;
  for (const auto how : farewells)
    BOOST_TEST_CONTEXT(how) {
      websocket_client client(server.port());
      say_farewell(client, opening_text().str() + text_frame(ping_text), how);
      BOOST_TEST(client.read_http_answer() == accepted);
      BOOST_TEST(client.read_text() == pong_text);
      check_farewell(client, how);
    }
}

BOOST_AUTO_TEST_CASE(a_reset_behind_a_close_ends_what_has_not_begun) {
  for (const auto how : farewells)
    BOOST_TEST_CONTEXT(how) {
      server_with_client set;
      // Beside the actions, so that something is written to the reset socket.
      say_farewell(set.client,
                   text_frame(numbered("hold_beside", 1))
                       + text_frame(numbered("block", 2))
                       + text_frame(numbered("introduce", 3)),
                   how);
      auto beside = set.replies.held.take();
      set.replies.block_gate.wait_for();
      set.client.reset();
      beside.answer(ok());
      BOOST_TEST(
          eventually([&] { return set.server.connection_count() == 0; }));
      set.replies.block_gate.open();
      set.round_trip();
      BOOST_TEST(set.replies.connections.empty());
    }
}

BOOST_AUTO_TEST_CASE(who_closes_and_takes_nothing_is_cut_off) {
  for (const auto how : farewells)
    BOOST_TEST_CONTEXT(how) {
      server_with_client set(one_unit([](limits& bounds) {
        bounds.close_timeout = 200ms;
        bounds.write_stall_timeout = 1h;
      }));
      say_farewell(
          set.client,
          text_frame(numbered(
              "fill", 1, R"(,"bytes":)" + std::to_string(unbuffered_bytes)))
              + text_frame(numbered("introduce", 2)),
          how);
      BOOST_TEST(
          eventually([&] { return set.server.connection_count() == 0; }));
      set.round_trip();
      BOOST_TEST(set.replies.connections.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_client_may_close_while_its_action_runs) {
  server_with_client set;
  set.client.send_text(numbered("block", 1));
  set.replies.block_gate.wait_for();
  set.client.send_close();
  set.round_trip();
  set.replies.block_gate.open();
  BOOST_TEST(set.client.read_text() == answered("block", 1));
  BOOST_TEST(set.client.read_close().code == 1000);
  BOOST_TEST(set.client.expect_eof());
}

BOOST_AUTO_TEST_CASE(a_client_may_leave_without_a_close) {
  server_with_client set;
  websocket_client ends(set.server.port(), "/ws/");
  ends.end();
  BOOST_TEST(ends.expect_eof());
  websocket_client resets(set.server.port(), "/ws/");
  resets.reset();
  ends.close();
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 1; }));
  BOOST_TEST(set.client.ask(ping_text) == pong_text);
}

// -- 1002, 1007, 1009 ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_protocol_error_is_1002) {
  test_server server;
  const auto part = encode_frame(false, opcode::text, "{");
  const std::pair<std::string, std::string> rows[]{
      {"unmasked", encode_frame(true, opcode::text, ping_text, false)},
      {"reserved bit 1", encode_frame(true, opcode::text, "{}", true, 4)},
      {"reserved bit 3", encode_frame(true, opcode::text, "{}", true, 1)},
      {"reserved opcode", encode_frame(true, opcode{3}, "{}")},
      {"reserved control opcode", encode_frame(true, opcode{11}, "")},
      {"a continuation of nothing",
       encode_frame(true, opcode::continuation, "{}")},
      {"no continuation", part + text_frame(ping_text)},
      {"a fragmented ping", encode_frame(false, opcode::ping, "")},
      {"a long ping", ping_frame(std::string(126, 'x'))},
      {"half a code", encode_frame(true, opcode::close, "\x03")},
      {"a code that nobody sends", encode_frame(true, opcode::close, "\3\xED")},
  };
  for (const auto& [name, bytes] : rows)
    BOOST_TEST_CONTEXT(name) {
      websocket_client client(server.port(), "/ws/");
      client.send_bytes(bytes);
      BOOST_TEST(client.read_close().code == 1002);
      BOOST_TEST(client.expect_eof());
    }
  BOOST_TEST(server.logs("closed 1002"));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_not_utf8_is_1007) {
  test_server server;
  for (const std::string text :
       {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",
        "{\"action\":\"\xC3\x28\"}"}) {
    websocket_client whole(server.port(), "/ws/");
    whole.send_text(text);
    BOOST_TEST(whole.read_close().code == 1007);
    BOOST_TEST(whole.expect_eof());
    websocket_client parts(server.port(), "/ws/");
    parts.send_frame(false, opcode::text, "{");
    parts.send_frame(true, opcode::continuation, text);
    BOOST_TEST(parts.read_close().code == 1007);
  }
  BOOST_TEST(server.logs("closed 1007"));
}

BOOST_AUTO_TEST_CASE(a_character_may_be_split_between_fragments) {
  test_server server;
  websocket_client client(server.port(), "/ws/");
  client.send_frame(false, opcode::text, "{\"action\":\"\xF0\x9F");
  client.send_frame(true, opcode::continuation, "\x98\x80\"}");
  BOOST_TEST(client.read_text()
             == failure(405,
                        "[\"Action \\\"\xF0\x9F\x98\x80\\\" not allowed in "
                        "message body.\"]",
                        "\xF0\x9F\x98\x80"));
}

BOOST_AUTO_TEST_CASE(a_message_over_the_size_limit_is_1009) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.message_bytes_max = 2048;
                     }));
  websocket_client client(server.port(), "/ws/");
  client.send_text(ping_text + std::string(2049 - ping_text.size(), ' '));
  BOOST_TEST(client.read_close().code == 1009);
  BOOST_TEST(client.expect_eof());
  client.close();
  BOOST_TEST(server.logs("closed 1009"));
}

BOOST_AUTO_TEST_CASE(answers_what_came_before_a_protocol_error) {
  test_server server;
  websocket_client client(server.port(), "/ws/");
  client.send_text(ping_text);
  BOOST_TEST(client.read_text() == pong_text);
  client.send_bytes(text_frame(ping_text)
                    + encode_frame(true, opcode{3}, "{}"));
  // Whether the second ping is answered is a race; that the close comes is not.
  const auto heard = hear_out(client);
  BOOST_TEST(fault_of(heard) == "");
  BOOST_TEST(heard.close.code == 1002);
}

// -- 1011 ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_that_is_killed_says_1011) {
  server_with_client set;
  websocket_client victim(set.server.port(), "/ws/");
  caf::anon_send_exit(set.connection_of(victim), caf::exit_reason::kill);
  BOOST_TEST(victim.read_close().code == 1011);
  victim.send_close(1011);
  BOOST_TEST(victim.expect_eof());
  BOOST_TEST(set.client.ask(ping_text) == pong_text);
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_killed_over_its_actions_says_1011) {
  server_with_client set;
  const auto connection = set.connection_of(set.client);
  set.client.send_text(numbered("hold_beside", 1));
  set.client.send_text(numbered("block", 2));
  set.client.send_text(ping_text);
  auto beside = set.replies.held.take();
  set.replies.block_gate.wait_for();
  caf::anon_send_exit(connection, caf::exit_reason::kill);
  BOOST_TEST(set.client.read_close().code == 1011);
  beside.answer(ok());
  set.replies.block_gate.open();
  set.client.send_close(1011);
  BOOST_TEST(set.client.expect_eof());
  set.round_trip();
}

BOOST_AUTO_TEST_CASE(who_is_told_to_close_a_connection_names_code_and_reason) {
  server_with_client set;
  caf::anon_send(set.connection_of(set.client), caf::close_atom_v,
                 std::uint16_t{4401}, std::string("credentials expired"));
  BOOST_TEST(set.client.read_close()
             == (close_text{4401, "credentials expired"}));
  set.client.send_close(4401);
  BOOST_TEST(set.client.expect_eof());
}

BOOST_AUTO_TEST_CASE(a_reason_that_fits_no_close_frame_harms_nobody) {
  server_with_client set;
  websocket_client victim(set.server.port(), "/ws/");
  caf::anon_send(set.connection_of(victim), caf::close_atom_v,
                 std::uint16_t{1008}, std::string(124, 'x'));
  BOOST_TEST(victim.read_close().code == 1008);
  BOOST_TEST(set.client.ask(ping_text) == pong_text);
}

// -- a close that the client does not take ------------------------------------

BOOST_AUTO_TEST_CASE(a_close_reaches_a_client_that_is_still_sending) {
  server_with_client set;
  const auto connection = set.connection_of(set.client);
  const auto half = text_frame(std::string(60'000, 'x'));
  set.client.send_bytes(half.substr(0, 30'000));
  caf::anon_send(connection, caf::close_atom_v, std::uint16_t{1008},
                 std::string("enough"));
  set.round_trip();
  set.client.send_bytes(half.substr(30'000));
  for (int i = 0; i < 200; ++i)
    set.client.send_bytes(half);
  BOOST_TEST(set.client.read_close() == (close_text{1008, "enough"}));
  set.client.send_close(1008);
  BOOST_TEST(set.client.expect_eof());
}

/// Checks that the connection of a client ends that neither answers a close
/// nor ends its side of the stream.
void check_is_ended(test_server& server, websocket_client& client,
                    bool is_talking) {
  BOOST_TEST(eventually([&] {
    try {
      if (is_talking)
        client.send_what_fits("\x81");
    } catch (const std::system_error&) {
      // The server has gone: what is to be seen.
    }
    return server.connection_count() == 0;
  }));
}

BOOST_AUTO_TEST_CASE(every_close_reaches_a_client_that_is_still_sending) {
  const std::pair<std::uint16_t, std::string> rows[]{
      {1002, encode_frame(true, opcode{3}, "")},
      {1007, text_frame("\xFF")},
      {1009, text_frame(std::string(65'537, ' '))},
  };
  const auto more = text_frame(std::string(60'000, 'x'));
  for (const auto& [code, bytes] : rows)
    BOOST_TEST_CONTEXT(code) {
      server_with_client set;
      set.client.send_bytes(bytes);
      set.round_trip();
      BOOST_CHECK_NO_THROW({
        for (int i = 0; i < 200; ++i)
          set.client.send_bytes(more);
      });
      BOOST_TEST(set.client.read_close().code == code);
      set.client.end();
      BOOST_TEST(set.client.expect_eof());
    }
}

test_server::edit quick_to_close() {
  return one_unit([](limits& bounds) { bounds.close_timeout = 200ms; });
}

BOOST_AUTO_TEST_CASE(a_close_does_not_wait_for_ever_for_its_answer) {
  for (const auto is_talking : {false, true}) {
    server_with_client set(quick_to_close());
    set.server->drain();
    check_drained(set.client);
    check_is_ended(set.server, set.client, is_talking);
  }
}

BOOST_AUTO_TEST_CASE(the_log_knows_why_who_does_not_close_was_closed) {
  server_with_client set(quick_to_close());
  const auto most = limits{}.malformed_in_row_max;
  for (std::size_t i = 0; i < most; ++i)
    set.client.send_text("{");
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 0; }));
  BOOST_TEST(set.server.logs("closed 1008"));
  BOOST_TEST(
      set.server.logs("only malformed messages; the client did not close"));
}

BOOST_AUTO_TEST_CASE(a_killed_connection_does_not_wait_for_ever_either) {
  server_with_client set(quick_to_close());
  caf::anon_send_exit(set.connection_of(set.client), caf::exit_reason::kill);
  BOOST_TEST(set.client.read_close().code == 1011);
  BOOST_TEST(eventually([&] {
    try {
      set.client.send_what_fits("\x81");
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
}

BOOST_AUTO_TEST_CASE(a_client_that_was_closed_on_cannot_stay) {
  const std::pair<std::uint16_t, std::string> rows[]{
      {1002, encode_frame(true, opcode{3}, "")},
      {1007, text_frame("\xFF")},
      {1009, text_frame(std::string(65'537, ' '))},
      {1000, encode_frame(true, opcode::close, "\3\xE8")},
  };
  for (const auto is_talking : {false, true})
    for (const auto& [code, bytes] : rows)
      BOOST_TEST_CONTEXT(code << (is_talking ? " and talks on" : "")) {
        server_with_client set(quick_to_close());
        set.client.send_bytes(bytes);
        BOOST_TEST(set.client.read_close().code == code);
        check_is_ended(set.server, set.client, is_talking);
      }
}

// -- 4012: the server drains --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_drain_tells_every_client_another_time_to_come_back) {
  constexpr int client_count = 8;
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.reconnect_window = 2s;
                     }));
  server.keep_together();
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < client_count; ++i)
    clients.push_back(
        std::make_unique<websocket_client>(server.port(), "/ws/"));
  server->drain();
  std::set<std::int64_t> times;
  for (auto& client : clients) {
    const auto told = client->read_text();
    const auto close = client->read_close();
    BOOST_TEST(close.code == 4012);
    BOOST_TEST(told == draining_text(close.reason));
    const auto reason = parse_json(close.reason, 1);
    BOOST_REQUIRE(reason);
    const auto wait = reason->at("reconnect_after_ms").as_int64();
    BOOST_TEST(close.reason
               == "{\"reconnect_after_ms\":" + std::to_string(wait) + "}");
    BOOST_TEST(wait >= 0);
    BOOST_TEST(wait <= 2000);
    times.insert(wait);
    client->send_close(4012);
    BOOST_TEST(client->expect_eof());
  }
  BOOST_TEST(times.size() > 1);
  clients.clear();
  BOOST_TEST(server->wait_drained(patience));
}

BOOST_AUTO_TEST_CASE(a_drain_finishes_what_has_come) {
  server_with_client set;
  set.client.send_text(numbered("hold_beside", 1));
  set.client.send_text(numbered("block", 2));
  set.client.send_text(numbered("ping", 3));
  set.client.send_text(numbered("ping", 4));
  auto beside = set.replies.held.take();
  set.replies.block_gate.wait_for();
  // The pong says that all four have been read.
  set.client.send_bytes(ping_frame());
  BOOST_TEST((set.client.read_frame().kind == opcode::pong));
  websocket_client idle(set.server.port(), "/ws/");
  set.server->drain();
  check_drained(idle);
  idle.send_close(4012);
  BOOST_TEST(idle.expect_eof());
  idle.close();
  BOOST_TEST(answer_to(set.server, opening_text()) == unavailable_answer);
  BOOST_TEST(!set.server->wait_drained(0ms));
  const auto told = set.client.read_text();
  set.replies.block_gate.open();
  BOOST_TEST(set.client.read_text() == answered("block", 2));
  BOOST_TEST(set.client.read_text() == answered("ping", 3, pong_data));
  BOOST_TEST(set.client.read_text() == answered("ping", 4, pong_data));
  BOOST_TEST(!set.server->wait_drained(0ms));
  beside.answer(ok("late"));
  BOOST_TEST(set.client.read_text() == answered("hold_beside", 1, R"("late")"));
  const auto close = set.client.read_close();
  BOOST_TEST(close.code == 4012);
  BOOST_TEST(told == draining_text(close.reason));
  set.client.send_close(4012);
  BOOST_TEST(set.client.expect_eof());
  set.client.close();
  BOOST_TEST(set.server->wait_drained(patience));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_replies_that_are_not_taken_yet) {
  server_with_client set;
  set.fill(1);
  set.client.send_text(numbered("ping", 2));
  set.round_trip();
  set.server->drain();
  check_filled(set.client, 1);
  const auto told = set.client.read_text();
  BOOST_TEST(set.client.read_text() == answered("ping", 2, pong_data));
  const auto close = set.client.read_close();
  BOOST_TEST(close.code == 4012);
  BOOST_TEST(told == draining_text(close.reason));
}

// -- the end of the server ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_server_that_stops_tells_its_clients_1011) {
  server_with_client set;
  set.client.send_text(numbered("hold", 1));
  auto owed = set.replies.held.take();
  set.server->stop();
  BOOST_TEST(set.client.read_close().code == 1011);
  owed.answer(ok());
  BOOST_CHECK_THROW(websocket_client(set.server.port(), "/ws/"),
                    std::runtime_error);
  set.server->stop();
}

BOOST_AUTO_TEST_CASE(the_actor_system_goes_on_without_the_server) {
  test_server first;
  first->stop();
  for (int i = 0; i < 2; ++i) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    auto next = serve(first.system(), options, newsroom::endpoints());
    BOOST_REQUIRE(next);
    websocket_client client(next->port(), "/ws/");
    BOOST_TEST(client.ask(ping_text) == pong_text);
  }
}

BOOST_AUTO_TEST_CASE(two_servers_live_in_one_actor_system) {
  held_replies replies;
  test_server one;
  one.keep_together();
  server_options options;
  options.port = 0;
  options.threads = 1;
  auto other = serve(one.system(), options, {replies.endpoint()});
  BOOST_REQUIRE(other);
  BOOST_TEST(one.port() != other->port());
  websocket_client of_one(one.port(), "/ws/");
  websocket_client of_other(other->port(), "/ws/");
  BOOST_TEST(
      of_one.ask(numbered("whoami", 1))
      == answered("whoami", 1,
                  R"({"id":null,"username":"",)"
                  R"("is_authenticated":false,"roles":[],"groups":[]})"));
  BOOST_TEST(of_other.ask(numbered("fill", 2, R"(,"bytes":1)"))
             == answered("fill", 2, R"("x")"));
  one->drain();
  check_drained(of_one);
  BOOST_TEST(of_other.ask(ping_text) == pong_text);
  one->stop();
  BOOST_TEST(of_other.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(a_server_ends_after_its_worker_threads) {
  gate until;
  std::atomic<bool> is_done = false;
  std::thread opener;
  {
    test_server server({endpoint("/ws/", handler("root").action(
                                             "block",
                                             [&] {
                                               until.pass();
                                               is_done = true;
                                             },
                                             blocking))});
    websocket_client client(server.port(), "/ws/");
    client.send_text(numbered("block", 1));
    until.wait_for();
    // Nothing tells that the server has begun to end.
    opener = std::thread{[&] {
      std::this_thread::sleep_for(200ms);
      until.open();
    }};
  }
  BOOST_TEST(is_done);
  opener.join();
  BOOST_TEST(eventually([&] { return is_done.load(); }));
}

// -- 4013: the client does not read -------------------------------------------

/// A client stalls long before it is idle, even if the reply that it does not
/// take comes late, and its close waits for longer.
void make_quick_to_stall(limits& bounds) {
  bounds.write_stall_timeout = 100ms;
  bounds.ping_interval = 1s;
  bounds.idle_timeout = 4s;
  bounds.close_timeout = 30s;
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_while_the_queue_is_full_hears_4013) {
  server_with_client set(one_unit(make_quick_to_stall));
  set.fill(1);
  wait_for_an_idle_end(set.server);
  check_filled(set.client, 1);
  BOOST_TEST(read_to_close(set.client).code == 4013);
  set.client.send_close(4013);
  BOOST_TEST(set.client.expect_eof());
  set.client.close();
  BOOST_TEST(set.server.logs("closed 4013"));
}

BOOST_AUTO_TEST_CASE(registered_codes_are_sent_if_they_are_asked_for) {
  server_with_client set([](server_options& options) {
    one_unit(make_quick_to_stall)(options);
    options.standard_close_codes = true;
  });
  set.fill(1);
  wait_for_an_idle_end(set.server);
  check_filled(set.client, 1);
  BOOST_TEST(read_to_close(set.client).code == 1013);
  websocket_client drained(set.server.port(), "/ws/");
  set.server->drain();
  const auto told = drained.read_text();
  const auto close = drained.read_close();
  BOOST_TEST(close.code == 1012);
  BOOST_TEST(told == draining_text(close.reason));
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_at_all_is_cut_off) {
  server_with_client set(one_unit([](limits& bounds) {
    bounds.write_stall_timeout = 100ms;
    bounds.close_timeout = 100ms;
  }));
  set.fill(1);
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 0; }));
  BOOST_TEST(set.server.logs("closed 4013"));
}

BOOST_AUTO_TEST_CASE(pushes_too_can_be_too_much_for_a_slow_consumer) {
  server_with_client set(one_unit([](limits& bounds) {
    bounds.outbound_messages_max = 4;
    bounds.outbound_bytes_max = 4 * unbuffered_bytes;
    bounds.write_stall_timeout = 100ms;
    bounds.close_timeout = 100ms;
  }));
  const auto connection = set.connection_of(set.client);
  set.fill(1);
  // One message is queued, which does not fill the queue.
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 1; }));
  for (int i = 0; i < 4; ++i)
    caf::anon_send(connection, event{});
  BOOST_TEST(eventually([&] { return set.server.connection_count() == 0; }));
  BOOST_TEST(set.server.logs("closed 4013"));
}

BOOST_AUTO_TEST_CASE(who_reads_slowly_is_no_slow_consumer) {
  server_with_client set(
      one_unit([](limits& bounds) { bounds.write_stall_timeout = 3s; }));
  set.fill(1);
  set.client.send_text(numbered("ping", 2));
  // For longer than the timeout in all, but never for long without a byte.
  std::string taken;
  for (int i = 0; i < 8; ++i) {
    taken += set.client.read_bytes(unbuffered_bytes / 8);
    std::this_thread::sleep_for(500ms);
  }
  const auto rest = fill_reply(1).size() + 10 - taken.size();
  set.client.read_bytes(rest);
  BOOST_TEST(set.client.read_text() == answered("ping", 2, pong_data));
}

// -- 4408: silence ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_silent_client_is_pinged_and_then_closed_with_4408) {
  test_server server(newsroom::endpoints(), one_unit(make_quick_to_idle));
  const auto begin = std::chrono::steady_clock::now();
  websocket_client client(server.port(), "/ws/");
  const auto ping = client.read_frame();
  const auto pinged_after = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((ping.kind == opcode::ping));
  BOOST_TEST((pinged_after >= quick_ping_interval - 10ms));
  BOOST_TEST(client.read_close().code == 4408);
  BOOST_TEST(
      (std::chrono::steady_clock::now() - begin >= quick_idle_timeout - 10ms));
  client.send_close(4408);
  BOOST_TEST(client.expect_eof());
  client.close();
  BOOST_TEST(server.logs("closed 4408"));
}

/// Does what `on_ping` says for each of ten pings: longer than `idle_timeout`.
template <class F>
void check_stays(const test_server& server, F on_ping) {
  websocket_client client(server.port(), "/ws/");
  for (int i = 0; i < 10; ++i) {
    auto next = client.read_frame();
    while (next.kind == opcode::text)
      next = client.read_frame();
    if (next.kind != opcode::ping) {
      BOOST_ERROR("closed after " << i << " pings");
      return;
    }
    on_ping(client, next.payload);
  }
  client.send_close();
  BOOST_TEST(read_to_close(client).code == 1000);
}

BOOST_AUTO_TEST_CASE(who_answers_pings_stays) {
  test_server server(newsroom::endpoints(), one_unit(make_quick_to_idle));
  check_stays(server, [](websocket_client& client, const std::string& payload) {
    client.send_frame(true, opcode::pong, payload);
  });
}

BOOST_AUTO_TEST_CASE(who_sends_anything_else_stays_as_well) {
  test_server server(newsroom::endpoints(), one_unit(make_quick_to_idle));
  check_stays(server, [](websocket_client& client, const std::string&) {
    client.send_text(ping_text);
  });
}

BOOST_AUTO_TEST_CASE(the_idle_clock_rests_while_the_server_does_not_read) {
  held_replies replies;
  test_server server({replies.endpoint()}, one_unit([](limits& bounds) {
                       make_quick_to_idle(bounds);
                       bounds.waiting_messages_max = 1;
                     }));
  opens_at_end opener(replies.block_gate);
  websocket_client client(server.port(), "/ws/");
  client.send_text(numbered("block", 1));
  client.send_text(numbered("ping", 2));
  client.send_text(numbered("ping", 3));
  replies.block_gate.wait_for();
  for (int i = 0; i < 2; ++i)
    wait_for_an_idle_end(server);
  replies.block_gate.open();
  // A ping can have gone out only before the action began.
  BOOST_TEST(read_text_past_pings(client) == answered("block", 1));
  BOOST_TEST(client.read_text() == answered("ping", 2, pong_data));
  BOOST_TEST(client.read_text() == answered("ping", 3, pong_data));
  // It goes on from the beginning.
  BOOST_TEST((client.read_frame().kind == opcode::ping));
  BOOST_TEST(client.read_close().code == 4408);
}

BOOST_AUTO_TEST_CASE(who_waits_for_an_answer_has_to_answer_pings) {
  held_replies replies;
  test_server server({replies.endpoint()}, one_unit(make_quick_to_idle));
  opens_at_end opener(replies.block_gate);
  websocket_client client(server.port(), "/ws/");
  client.send_text(numbered("block", 1));
  BOOST_TEST((client.read_frame().kind == opcode::ping));
  // Another ping has come if the message took its time.
  BOOST_TEST(read_to_close(client).code == 4408);
}

// -- messages that wait -------------------------------------------------------

/// Whether the server reads on while it is at an action, and `waiting` messages
/// wait: only who reads answers a WebSocket ping.
bool reads_on(std::size_t waiting) {
  server_with_client set(
      one_unit([](limits& bounds) { bounds.waiting_messages_max = 3; }));
  set.client.send_text(numbered("block", 0));
  set.replies.block_gate.wait_for();
  for (std::size_t i = 1; i <= waiting; ++i)
    set.client.send_text(numbered("ping", i));
  set.client.send_bytes(ping_frame("still there?"));
  // The unit has seen the ping, if it looked.
  set.round_trip();
  set.replies.block_gate.open();
  const auto first = set.client.read_frame();
  if (first.kind == opcode::pong)
    BOOST_TEST(set.client.read_text() == answered("block", 0));
  else
    BOOST_TEST(first.payload == answered("block", 0));
  std::size_t next = 1;
  while (next <= waiting) {
    const auto answer = set.client.read_frame();
    if (answer.kind != opcode::pong)
      BOOST_TEST(answer.payload == answered("ping", next++, pong_data));
  }
  return first.kind == opcode::pong;
}

BOOST_AUTO_TEST_CASE(reads_up_to_exactly_as_many_messages_as_may_wait) {
  BOOST_TEST(reads_on(0));
  BOOST_TEST(reads_on(2));
  BOOST_TEST(!reads_on(3));
  BOOST_TEST(!reads_on(4));
  BOOST_TEST(!reads_on(20));
}

BOOST_AUTO_TEST_CASE(a_client_cannot_send_without_end_while_it_is_not_read) {
  server_with_client set;
  set.client.send_text(numbered("block", 0));
  set.replies.block_gate.wait_for();
  const auto big = text_frame(ping_text + std::string(60'000, ' '));
  // Two kernel buffers and nine messages; tcp_rmem does not grow unread.
  std::size_t sent = 0;
  for (std::size_t last = 1; last > 0; sent += last) {
    last = set.client.send_what_fits(big.substr(sent % big.size()));
    set.round_trip();
  }
  BOOST_TEST(sent < 4 * unbuffered_bytes);
  set.replies.block_gate.open();
  set.client.send_bytes(big.substr(sent % big.size()));
  BOOST_TEST(set.client.read_text() == answered("block", 0));
  for (std::size_t i = 0; i < sent / big.size() + 1; ++i)
    BOOST_TEST(set.client.read_text() == pong_text);
}

// -- outbound limits ----------------------------------------------------------

/// How many of ten pushes reach a client whose queue holds one big reply.
std::size_t pushes_taken(std::function<void(limits&)> change) {
  server_with_client set(one_unit(std::move(change)));
  const auto connection = set.connection_of(set.client);
  set.fill(1);
  for (int i = 0; i < 10; ++i)
    caf::anon_send(connection, event{});
  set.round_trip();
  check_filled(set.client, 1);
  set.client.send_text(numbered("ping", 2));
  std::size_t pushes = 0;
  for (;; ++pushes) {
    const auto text = set.client.read_text();
    if (text == answered("ping", 2, pong_data))
      break;
    BOOST_TEST(text == push_text);
  }
  // It is open again for what comes now.
  set.round_trip();
  caf::anon_send(connection, event{});
  BOOST_TEST(set.client.read_text() == push_text);
  set.client.say_goodbye();
  set.client.close();
  BOOST_TEST(set.server.logs(std::to_string(10 - pushes) + " pushes dropped"));
  return pushes;
}

BOOST_AUTO_TEST_CASE(queues_exactly_as_many_messages_as_it_may) {
  const auto with_room_for = [](std::size_t messages) {
    return [messages](limits& bounds) {
      bounds.outbound_messages_max = messages;
      bounds.outbound_bytes_max = 4 * unbuffered_bytes;
    };
  };
  BOOST_TEST(pushes_taken(with_room_for(1)) == 0u);
  BOOST_TEST(pushes_taken(with_room_for(3)) == 2u);
  BOOST_TEST(pushes_taken(with_room_for(10)) == 9u);
  BOOST_TEST(pushes_taken(with_room_for(11)) == 10u);
}

BOOST_AUTO_TEST_CASE(queues_exactly_as_many_bytes_as_it_may) {
  const auto with_room_for = [](std::size_t bytes) {
    return [bytes](limits& bounds) { bounds.outbound_bytes_max = bytes; };
  };
  const auto reply_bytes = fill_reply(1).size();
  BOOST_TEST(pushes_taken(with_room_for(reply_bytes)) == 0u);
  BOOST_TEST(pushes_taken(with_room_for(reply_bytes + 1)) == 1u);
  const auto three = reply_bytes + 3 * push_text.size();
  BOOST_TEST(pushes_taken(with_room_for(three - 1)) == 3u);
  BOOST_TEST(pushes_taken(with_room_for(three)) == 3u);
  BOOST_TEST(pushes_taken(with_room_for(three + 1)) == 4u);
}

BOOST_AUTO_TEST_CASE(no_reply_is_lost_however_full_the_queue_is) {
  server_with_client set(one_unit([](limits& bounds) {
    bounds.outbound_messages_max = 2;
    bounds.outbound_bytes_max = 1024;
  }));
  // What runs beside the queue answers into the full one.
  constexpr std::size_t beside = 5;
  for (std::size_t i = 0; i < beside; ++i)
    set.client.send_text(numbered("hold_beside", 100 + i));
  std::vector<deferred> owed;
  for (std::size_t i = 0; i < beside; ++i)
    owed.push_back(set.replies.held.take());
  set.fill(1);
  for (auto& each : owed)
    each.answer(ok("beside"));
  for (std::size_t i = 2; i < 40; ++i)
    set.client.send_text(
        numbered("fill", i, R"(,"bytes":)" + std::to_string(i * 1000)));
  set.round_trip();
  check_filled(set.client, 1);
  for (std::size_t i = 0; i < beside; ++i)
    BOOST_TEST(set.client.read_text()
               == answered("hold_beside", 100 + i, R"("beside")"));
  for (std::size_t i = 2; i < 40; ++i)
    BOOST_TEST(
        (set.client.read_text()
         == answered("fill", i, '"' + std::string(i * 1000, 'x') + '"')));
}

BOOST_AUTO_TEST_CASE(handles_and_reads_nothing_more_while_the_queue_is_full) {
  server_with_client set;
  set.fill(1);
  set.client.send_text(numbered("introduce", 2));
  set.round_trip();
  BOOST_TEST(set.replies.connections.empty());
  check_filled(set.client, 1);
  BOOST_TEST(set.client.read_text() == answered("introduce", 2));
  set.replies.connections.take();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace lifecycle_suite
