// Whatever a client sends, whenever it does: it harms nobody else, and ends its
// own connection only as protocol/README.md says, sections 1 and 5.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/http_texts.hpp"

namespace hostile_input_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::literals;

namespace {

using random_bits = std::mt19937;

/// A server of one unit with a client that behaves well.
struct watched_server {
  watched_server()
      : server(newsroom::endpoints(),
               [](server_options& options) {
                 options.threads = 1;
                 options.limits.handshake_timeout = 300ms;
                 options.limits.close_timeout = 300ms;
               }),
        witness(server.port(), "/ws/") {}

  /// Checks that the other client is served, and at once.
  void check_harmless() {
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(witness.ask(ping_text) == pong_text);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 1s));
  }

  test_server server;
  websocket_client witness;
};

bool is_accepted(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 101 ");
}

/// What a client hears that sends `bytes`, and no more.
conversation hear(const watched_server& set, const std::string& bytes) {
  websocket_client client(set.server.port());
  try {
    client.send_bytes(bytes);
    client.end();
  } catch (const std::system_error&) {
    // The server may have had enough by now.
  }
  return hear_out_from_http(client);
}

const std::string opening = opening_text("/ws/").str();

/// One thing that a client sends on an open WebSocket, and the close codes that
/// may follow; none: the client is still served.
struct row {
  std::string name;
  std::string bytes;
  std::vector<std::uint16_t> codes = {};
  /// What comes before the answer to the ping that is sent behind.
  std::vector<std::string> answers = {};
};

void check_row(watched_server& set, const row& what) {
  BOOST_TEST_CONTEXT(what.name) {
    websocket_client client(set.server.port(), "/ws/");
    client.send_bytes(what.bytes);
    if (what.codes.empty()) {
      client.send_text(numbered("ping", 1));
      for (const auto& answer : what.answers)
        BOOST_TEST(client.read_text() == answer);
      BOOST_TEST(client.read_text()
                 == success(R"({"pong":true})", "ping", "", "1"));
    } else {
      client.end();
      const auto heard = hear_out(client);
      BOOST_TEST(fault_of(heard) == "");
      BOOST_TEST(heard.texts == what.answers, boost::test_tools::per_element());
      BOOST_TEST(heard.has_close);
      BOOST_TEST(
          (std::find(what.codes.begin(), what.codes.end(), heard.close.code)
           != what.codes.end()),
          "closed with " << heard.close);
    }
    set.check_harmless();
  }
}

std::string random_bytes(random_bits& bits, std::size_t count) {
  std::uniform_int_distribution<int> byte{0, 255};
  std::string result(count, '\0');
  for (auto& c : result)
    c = static_cast<char>(byte(bits));
  return result;
}

std::string repeated(const std::string& part, std::size_t count) {
  std::string result;
  result.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i)
    result += part;
  return result;
}

/// A close frame with this code.
std::string close_frame(int code, const std::string& reason = {}) {
  const std::string payload{static_cast<char>(code >> 8),
                            static_cast<char>(code & 0xFF)};
  return encode_frame(true, opcode::close, payload + reason);
}

const std::string part = encode_frame(false, opcode::text, ping_text);
const std::string empty_part = encode_frame(false, opcode::continuation, "");
const std::string last_part = encode_frame(true, opcode::continuation, "");

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_input)

// -- before the 101 -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(survives_garbage_instead_of_a_handshake) {
  watched_server set;
  random_bits bits{1};
  for (const std::size_t size :
       {1U, 2U, 7U, 64U, 1000U, 4096U, 16'384U, 100'000U})
    for (int i = 0; i < 8; ++i)
      BOOST_TEST_CONTEXT(size << " bytes, " << i) {
        const auto heard = hear(set, random_bytes(bits, size));
        BOOST_TEST(fault_of(heard) == "");
        BOOST_TEST(!is_accepted(heard.http));
        set.check_harmless();
      }
}

BOOST_AUTO_TEST_CASE(survives_what_is_no_handshake) {
  watched_server set;
  const std::string texts[]{
      "",
      "\r\n\r\n",
      std::string(1, '\0'),
      text_frame(ping_text),
      "GET /ws/ HTTP/1.1\r\n\r\n",
      "GET /ws/ HTTP/1.1\nHost: a\n\n",
      "GET  /ws/ HTTP/1.1\r\n\r\n",
      "GET \xFF\xFE HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /ws/?%ff=%c0%af HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET http://a/ws/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /ws/ HTTP/1.1\r\n folded: line\r\n\r\n",
      "GET /ws/ HTTP/1.1\r\nHost: a\r\n" + repeated("a:\r\n", 5000) + "\r\n",
      "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
      "GET /ws/ HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "GET /ws/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "GET /ws/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
      "GET /ws/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03",
      repeated("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 100),
  };
  for (const auto& text : texts)
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      const auto heard = hear(set, text);
      BOOST_TEST(fault_of(heard) == "");
      BOOST_TEST(!is_accepted(heard.http));
      set.check_harmless();
    }
}

BOOST_AUTO_TEST_CASE(upgrade_headers_may_come_in_several_lines) {
  watched_server set;
  const opening_text requests[]{
      opening_text("/ws/")
          .set("Connection", "keep-alive")
          .add("Connection", "Upgrade"),
      opening_text("/ws/").set("Upgrade", "h2c").add("Upgrade", "websocket"),
      opening_text("/ws/").set("Upgrade", "h2c, websocket"),
  };
  for (const auto& request : requests) {
    const auto heard = hear(set, request.str());
    BOOST_TEST(fault_of(heard) == "");
    set.check_harmless();
  }
}

BOOST_AUTO_TEST_CASE(half_a_handshake_for_ever_is_408) {
  watched_server set;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1},
                                 opening.size() / 2, opening.size() - 1}) {
    raw_client client(set.server.port());
    client.send_bytes(opening.substr(0, size));
    BOOST_TEST(client.read_http_answer() == late_head);
    set.check_harmless();
  }
}

BOOST_AUTO_TEST_CASE(a_handshake_may_come_byte_by_byte) {
  watched_server set;
  websocket_client client(set.server.port());
  for (const char c : opening)
    client.send_bytes({&c, 1});
  BOOST_TEST(is_accepted(client.read_http_answer()));
  for (const char c : part + ping_frame("p") + last_part)
    client.send_bytes({&c, 1});
  BOOST_TEST(client.read_frame().payload == "p");
  BOOST_TEST(client.read_text() == pong_text);
}

BOOST_AUTO_TEST_CASE(frames_may_come_with_the_handshake) {
  watched_server set;
  websocket_client client(set.server.port());
  client.send_bytes(opening + text_frame(numbered("ping", 0)) + part
                    + ping_frame("p") + last_part + close_frame(1000));
  const auto heard = hear_out_from_http(client);
  BOOST_TEST(fault_of(heard) == "");
  BOOST_TEST(is_accepted(heard.http));
  BOOST_TEST(heard.pongs == 1u);
  BOOST_TEST(heard.close.code == 1000);
  set.check_harmless();
}

BOOST_AUTO_TEST_CASE(the_handshake_may_be_cut_anywhere) {
  watched_server set;
  const auto bytes = opening + text_frame(numbered("ping", 0));
  for (std::size_t size = 1; size < bytes.size(); size += 3) {
    websocket_client client(set.server.port());
    client.send_bytes(bytes.substr(0, size));
    set.check_harmless();
    client.send_bytes(bytes.substr(size));
    BOOST_TEST(is_accepted(client.read_http_answer()));
    BOOST_TEST(client.read_text()
               == success(R"({"pong":true})", "ping", "", "0"));
  }
}

// -- frames -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_bad_frame_ends_as_it_should) {
  watched_server set;
  std::vector<row> rows{
      {"unmasked", encode_frame(true, opcode::text, "{}", false), {1002}},
      {"unmasked and empty",
       encode_frame(true, opcode::text, "", false),
       {1002}},
      {"a length with its high bit",
       "\x81\xFF\x80" + std::string(7, '\0') + "mask",
       {1002, 1009}},
      {"the greatest length",
       "\x81\xFF\x7F" + std::string(7, '\xFF') + "mask",
       {1002, 1009}},
      {"a length in too many bytes, 2",
       std::string("\x81\xFE\0\x05mask.....", 13),
       {1002}},
      {"a length in too many bytes, 8",
       std::string("\x81\xFF\0\0\0\0\0\0\0\x05mask.....", 19),
       {1002}},
      {"a ping over 125 bytes", ping_frame(std::string(126, 'x')), {1002}},
      {"a pong over 125 bytes",
       encode_frame(true, opcode::pong, std::string(126, 'x')),
       {1002}},
      {"a close over 125 bytes",
       close_frame(1000, std::string(124, 'x')),
       {1002}},
      {"a ping in parts", encode_frame(false, opcode::ping, ""), {1002}},
      {"a close in parts", encode_frame(false, opcode::close, ""), {1002}},
      {"a continuation of nothing", last_part, {1002}},
      {"a text within a text", part + text_frame(ping_text), {1002}},
      {"a binary within a text",
       part + encode_frame(true, opcode::binary, "x"),
       {1002}},
      {"a close of one byte",
       encode_frame(true, opcode::close, "\x03"),
       {1002}},
      {"a close with a bad text", close_frame(1000, "\xFF"), {1002, 1007}},
      {"a message over the limit in parts",
       part
           + encode_frame(false, opcode::continuation, std::string(65'000, ' '))
           + encode_frame(true, opcode::continuation, std::string(1000, ' ')),
       {1009}},
      {"a text that is not UTF-8", text_frame("\xC0\x80"), {1007}},
      {"a text that ends within a character", text_frame("\xE2\x82"), {1007}},
  };
  for (std::uint8_t bits = 1; bits < 8; ++bits)
    rows.push_back({"reserved bits " + std::to_string(bits),
                    encode_frame(true, opcode::text, "{}", true, bits),
                    {1002}});
  for (const int code : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    rows.push_back({"opcode " + std::to_string(code),
                    encode_frame(true, static_cast<opcode>(code), "x"),
                    {1002}});
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999})
    rows.push_back(
        {"close " + std::to_string(code), close_frame(code), {1002}});
  // RFC 6455 leaves open what these are.
  for (const int code : {5000, 65'535})
    rows.push_back({"close " + std::to_string(code),
                    close_frame(code),
                    {1002, static_cast<std::uint16_t>(code)}});
  for (const auto& each : rows)
    check_row(set, each);
}

BOOST_AUTO_TEST_CASE(a_bad_text_is_refused_before_the_rest_of_it_comes) {
  watched_server set;
  const auto frame =
      text_frame("{\"action\":\"\xF4\x90" + std::string(5000, 'x'));
  for (const auto& begin :
       {frame.substr(0, 100), frame.substr(0, 4000),
        encode_frame(false, opcode::text, "{")
            + encode_frame(false, opcode::continuation, "\xF4\x90")}) {
    websocket_client client(set.server.port(), "/ws/");
    client.send_bytes(begin);
    BOOST_TEST(client.read_close().code == 1007);
    set.check_harmless();
  }
}

BOOST_AUTO_TEST_CASE(what_is_odd_but_allowed_is_served) {
  watched_server set;
  const std::vector<row> rows{
      {"an unasked pong", encode_frame(true, opcode::pong, "x")},
      {"a text in empty parts",
       encode_frame(false, opcode::text, "") + repeated(empty_part, 3)
           + encode_frame(true, opcode::continuation, ping_text),
       {},
       {pong_text}},
      {"ten thousand empty parts",
       part + repeated(empty_part, 10'000) + last_part,
       {},
       {pong_text}},
      {"an empty text", text_frame(""), {}, {malformed(not_json_at(0))}},
      {"an empty text in parts",
       encode_frame(false, opcode::text, "") + last_part,
       {},
       {malformed(not_json_at(0))}},
      {"a binary message",
       encode_frame(true, opcode::binary, ping_text),
       {},
       {malformed(binary_message)}},
      {"an empty binary message",
       encode_frame(true, opcode::binary, ""),
       {},
       {malformed(binary_message)}},
  };
  for (const auto& each : rows)
    check_row(set, each);
}

BOOST_AUTO_TEST_CASE(control_frames_may_stand_between_parts) {
  watched_server set;
  websocket_client client(set.server.port(), "/ws/");
  client.send_bytes(
      encode_frame(false, opcode::text, ping_text.substr(0, 5))
      + ping_frame("one")
      + encode_frame(false, opcode::continuation, ping_text.substr(5, 5))
      + encode_frame(true, opcode::pong, "nobody asked") + ping_frame("two")
      + encode_frame(true, opcode::continuation, ping_text.substr(10)));
  BOOST_TEST(client.read_frame().payload == "one");
  BOOST_TEST(client.read_frame().payload == "two");
  BOOST_TEST(client.read_text() == pong_text);
  // A close may stand there too.
  client.send_bytes(part + close_frame(1000));
  BOOST_TEST(client.read_close().code == 1000);
  set.check_harmless();
}

BOOST_AUTO_TEST_CASE(a_frame_that_never_ends_holds_nobody_up) {
  watched_server set;
  const auto bytes = encode_frame(true, opcode::text, std::string(70, ' '));
  for (std::size_t size = 1; size < bytes.size(); size += 5) {
    websocket_client client(set.server.port(), "/ws/");
    client.send_bytes(bytes.substr(0, size));
    set.check_harmless();
    client.end();
    const auto heard = hear_out(client);
    BOOST_TEST(fault_of(heard) == "");
    BOOST_TEST(heard.texts.empty());
    BOOST_TEST(!heard.has_close);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_may_be_cut_anywhere) {
  watched_server set;
  const auto bytes =
      encode_frame(true, opcode::text, ping_text + std::string(200, ' '));
  websocket_client client(set.server.port(), "/ws/");
  for (std::size_t size = 1; size < bytes.size(); size += 7) {
    client.send_bytes(bytes.substr(0, size));
    set.check_harmless();
    client.send_bytes(bytes.substr(size));
    BOOST_TEST(client.read_text() == pong_text);
  }
}

BOOST_AUTO_TEST_CASE(garbage_on_an_open_connection_ends_it_in_order) {
  watched_server set;
  random_bits bits{2};
  for (const std::size_t size :
       {1U, 2U, 5U, 14U, 100U, 1000U, 10'000U, 200'000U})
    for (int i = 0; i < 16; ++i)
      BOOST_TEST_CONTEXT(size << " bytes, " << i) {
        const auto heard = hear(set, opening + random_bytes(bits, size));
        BOOST_TEST(fault_of(heard) == "");
        BOOST_TEST(is_accepted(heard.http));
        set.check_harmless();
      }
}

// -- floods -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_flood_of_pings_is_answered_and_stays_alone) {
  watched_server set;
  constexpr std::size_t count = 10'000;
  websocket_client client(set.server.port(), "/ws/");
  std::string flood;
  for (std::size_t i = 0; i < count; ++i)
    flood += ping_frame(std::to_string(i));
  client.send_bytes(flood + text_frame(ping_text));
  set.check_harmless();
  std::string last;
  for (auto next = client.read_frame(); next.kind == opcode::pong;
       next = client.read_frame())
    last = next.payload;
  // A server may leave all but the last ping unanswered.
  BOOST_TEST(last == std::to_string(count - 1));
  BOOST_TEST(client.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(who_floods_without_reading_stays_alone) {
  watched_server set;
  const std::string floods[]{
      ping_frame(std::string(125, 'p')),
      text_frame(R"({"action":"echo","message":")" + std::string(10'000, 'm')
                 + "\"}"),
      encode_frame(true, opcode::pong, std::string(125, 'p')),
      text_frame("x"),
      encode_frame(true, opcode::binary, std::string(1000, 'b')),
  };
  for (const auto& flood : floods) {
    websocket_client client(set.server.port(), "/ws/");
    const auto bytes = repeated(flood, 1 + 100'000 / flood.size());
    // Until the server takes no more, or enough has gone.
    for (int i = 0; i < 200; ++i) {
      try {
        if (client.send_what_fits(bytes) < bytes.size())
          break;
      } catch (const std::system_error&) {
        break; // 1008 by now.
      }
      set.check_harmless();
    }
    set.check_harmless();
    client.reset();
  }
  set.check_harmless();
}

// -- the end of a connection --------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_behind_a_close_is_answered) {
  watched_server set;
  websocket_client client(set.server.port(), "/ws/");
  client.send_bytes(close_frame(1000) + text_frame(ping_text)
                    + ping_frame("late") + close_frame(1001) + "\xFF\xFF"
                    + repeated(text_frame(std::string(60'000, 'x')), 20));
  const auto heard = hear_out(client);
  BOOST_TEST(fault_of(heard) == "");
  BOOST_TEST(heard.close.code == 1000);
  BOOST_TEST(heard.texts.empty());
  BOOST_TEST(heard.pongs == 0u);
  set.check_harmless();
}

BOOST_AUTO_TEST_CASE(a_close_in_the_middle_of_everything_ends_in_order) {
  watched_server set;
  const auto sleep = text_frame(
      R"({"action":"sleep","route":"slow/","ms":100,"request_id":1})");
  const auto nap =
      text_frame(R"({"action":"nap","route":"slow/","ms":100,"request_id":2})");
  for (const auto& before :
       {sleep, nap, repeated(sleep, 20), repeated(nap, 20), part,
        repeated(text_frame(ping_text), 100), text_frame("x")}) {
    websocket_client client(set.server.port(), "/ws/");
    client.send_bytes(before + close_frame(1000));
    const auto heard = hear_out(client);
    BOOST_TEST(fault_of(heard) == "");
    BOOST_TEST(heard.close.code == 1000);
    set.check_harmless();
  }
}

BOOST_AUTO_TEST_CASE(a_reset_at_any_moment_harms_nobody) {
  watched_server set;
  const auto echo = text_frame(R"({"action":"echo","message":")"
                               + std::string(50'000, 'm') + "\"}");
  const auto slow = text_frame(R"({"action":"sleep","route":"slow/","ms":20})");
  const auto nap = text_frame(R"({"action":"nap","route":"slow/","ms":20})");
  const std::string moments[]{
      "",
      "G",
      opening.substr(0, 40),
      opening,
      opening + "\x81",
      opening + echo.substr(0, 30'000),
      opening + repeated(echo, 30),
      opening + slow,
      opening + repeated(nap, 30),
      opening + repeated(slow, 10) + part,
      opening + repeated(text_frame("x"), 20),
      opening + close_frame(1000),
      opening + encode_frame(true, opcode{3}, ""),
      "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  for (int round = 0; round < 3; ++round)
    for (const auto& moment : moments) {
      raw_client at_once(set.server.port());
      at_once.send_bytes(moment);
      at_once.reset();
      raw_client later(set.server.port());
      later.send_bytes(moment);
      set.check_harmless();
      later.reset();
      set.check_harmless();
    }
  BOOST_TEST(
      eventually([&] { return set.server->connections().front() == 1; }));
}

// -- JSON ---------------------------------------------------------------------

std::string nested(std::size_t depth, char open, char close) {
  return R"({"action":"echo","message":)" + std::string(depth, open)
         + std::string(depth, close) + '}';
}

BOOST_AUTO_TEST_CASE(bad_json_of_every_kind_is_a_400_and_no_more) {
  watched_server set;
  const std::string texts[]{
      "",
      " ",
      "null",
      "[]",
      "0",
      "\"\"",
      "{",
      "}",
      "{}}",
      "{} {}",
      "{\"action\":\"ping\",}",
      "{'action':'ping'}",
      "{\"action\":\"ping\"}\0"s,
      "{\"action\":\"ping\" // comment\n}",
      "{\"action\":\"p\ning\"}",
      "{\"action\":\"\0\"}"s,
      "\xEF\xBB\xBF{\"action\":\"ping\"}",
      R"({"action":"echo","message":NaN})",
      R"({"action":"echo","message":Infinity})",
      R"({"action":"echo","message":-Infinity})",
      R"({"action":"echo","message":1e999})",
      R"({"action":"echo","message":01})",
      R"({"action":"echo","message":+1})",
      R"({"action":"echo","message":.5})",
      R"({"action":"echo","message":0x10})",
      R"({"action":"echo","message":"\x41"})",
      R"({"action":"echo","message":"\u12"})",
      R"({"action":["echo"]})",
      R"({"action":"ping","route":7})",
      R"({"action":"ping","request_id":1.5})",
      nested(32, '[', ']'),
      nested(30'000, '[', ']'),
      std::string(65'536, '['),
      std::string(65'536, '{'),
      repeated("{\"a\":", 10'000),
      "{\"action\":\"echo\",\"message\":" + std::string(60'000, '9') + "}",
  };
  websocket_client client(set.server.port(), "/ws/");
  for (const auto& text : texts)
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      BOOST_TEST(client.ask(text).find(R"("data":null,"action":null,)"
                                       R"("route":"","status":400)")
                 != std::string::npos);
      BOOST_TEST(client.ask(ping_text) == pong_text);
      set.check_harmless();
    }
}

BOOST_AUTO_TEST_CASE(odd_json_that_is_valid_is_served) {
  watched_server set;
  websocket_client client(set.server.port(), "/ws/");
  BOOST_TEST(client.ask(R"({"action":"nope","action":"ping"})") == pong_text);
  BOOST_TEST(client.ask(" \t\r\n" + ping_text + "\n") == pong_text);
  BOOST_TEST(client.ask(R"({"\u0061ction":"p\u0069ng"})") == pong_text);
  BOOST_TEST(client.ask(nested(31, '[', ']'))
             == success("{" + nested(31, '[', ']').substr(17), "echo"));
  BOOST_TEST(client.ask(R"({"action":"ping","":{"":[]},"é":"\u0000"})")
             == pong_text);
  std::string keys = R"({"action":"ping")";
  for (int i = 0; i < 5000; ++i)
    keys += ",\"k" + std::to_string(i) + "\":0";
  BOOST_TEST(client.ask(keys + "}") == pong_text);
  BOOST_TEST(
      client.ask(R"({"action":"ping")" + repeated(R"(,"k":0)", 9000) + "}")
      == pong_text);
  set.check_harmless();
}

// -- mutations ----------------------------------------------------------------

/// A stream that is valid throughout, of the kind that `which` picks.
std::string valid_stream(std::size_t which) {
  static const auto echo =
      text_frame(R"({"action":"echo","message":[1,"a",{}]})");
  static const std::string streams[]{
      text_frame(numbered("ping", 1)) + echo + close_frame(1000),
      part + ping_frame("p") + empty_part + last_part + echo,
      encode_frame(true, opcode::binary, "b")
          + encode_frame(true, opcode::pong, "p")
          + text_frame(R"({"action":"increment","route":"counter/"})"),
      text_frame(R"({"action":"die","route":"counter/"})")
          + text_frame(R"({"action":"nap","route":"slow/","ms":1})")
          + close_frame(1001, "going"),
      text_frame(ping_text + std::string(300, ' '))
          + text_frame(std::string(70'000, ' ')),
      repeated(text_frame(ping_text), 12),
  };
  return streams[which % std::size(streams)];
}

/// Changes `bytes` in one place or, for the worse, a stretch of it.
void mutate(std::string& bytes, random_bits& bits) {
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>{0, bound - 1}(bits);
  };
  if (bytes.empty())
    return;
  const auto at = below(bytes.size());
  const auto count = 1 + below(std::min<std::size_t>(bytes.size() - at, 40));
  switch (below(6)) {
  case 0:
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
    return;
  case 1:
    bytes[at] = static_cast<char>(below(256));
    return;
  case 2:
    bytes.erase(at, count);
    return;
  case 3:
    bytes.insert(at, bytes.substr(at, count));
    return;
  case 4:
    bytes.insert(at, random_bytes(bits, count));
    return;
  default:
    bytes.resize(at);
    return;
  }
}

BOOST_AUTO_TEST_CASE(two_thousand_mutations_of_valid_streams_harm_nobody) {
  watched_server set;
  random_bits bits{20'240'611};
  std::size_t accepted_count = 0;
  std::size_t closed_count = 0;
  for (std::size_t i = 0; i < 2000; ++i)
    BOOST_TEST_CONTEXT("mutation " << i) {
      auto head = opening;
      auto frames = valid_stream(i / 4);
      // Every fourth in the head; else few would get behind it.
      for (auto times = 1 + i % 3; times > 0; --times)
        mutate(i % 4 == 0 ? head : frames, bits);
      const auto heard = hear(set, head + frames);
      accepted_count += is_accepted(heard.http) ? 1 : 0;
      closed_count += heard.has_close ? 1 : 0;
      BOOST_TEST(fault_of(heard) == "", fault_of(heard) << " to " << head);
      set.check_harmless();
    }
  BOOST_TEST_MESSAGE(accepted_count << " of 2000 were accepted, "
                                    << closed_count << " closed");
  BOOST_TEST(accepted_count >= 1500u);
  BOOST_TEST(closed_count >= 200u);
  BOOST_TEST(
      eventually([&] { return set.server->connections().front() == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace hostile_input_suite
