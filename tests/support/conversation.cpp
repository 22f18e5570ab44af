#include "conversation.hpp"

#include <boost/test/unit_test.hpp>

#include <stagedoor/protocol/json/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>

namespace stagedoor::test {

namespace {

/// The codes that a client may hear, its own ones aside.
constexpr std::array<std::uint16_t, 9> server_codes{
    1002, 1007, 1008, 1009, 1011, 4012, 4013, 4401, 4408};

void take_frame(conversation& heard, const frame& what) {
  if (heard.has_close)
    throw std::runtime_error("a frame behind the close frame");
  if (!what.fin || what.rsv != 0)
    throw std::runtime_error("a fragment, or a reserved bit");
  switch (what.kind) {
  case opcode::text:
    heard.texts.push_back(what.payload);
    return;
  case opcode::ping:
    ++heard.pings;
    return;
  case opcode::pong:
    ++heard.pongs;
    return;
  case opcode::close:
    heard.has_close = true;
    heard.close = parse_close(what);
    return;
  default:
    throw std::runtime_error("opcode "
                             + std::to_string(static_cast<int>(what.kind)));
  }
}

void read_frames(conversation& heard, websocket_client& client) {
  try {
    heard.is_reset = !client.receive_rest() || heard.is_reset;
    while (client.has_unread())
      take_frame(heard, client.read_frame());
  } catch (const std::exception& error) {
    heard.fault = error.what();
  }
}

/// Whether a text is JSON whose keys begin with `first`.
bool begins_with_key(const std::string& text, std::string_view first) {
  return static_cast<bool>(parse_json(text, wire_depth_max))
         && text.starts_with(std::string("{\"").append(first).append("\":"));
}

std::string fault_of_http(const std::string& answer) {
  constexpr std::string_view blank_line = "\r\n\r\n";
  constexpr std::array known{"200", "400", "401", "403", "404",
                             "408", "426", "431", "503"};
  const auto status = answer.substr(9, 3);
  if (std::find(known.begin(), known.end(), status) == known.end())
    return "an answer that is in no row: " + answer;
  const auto body = answer.substr(answer.find(blank_line) + blank_line.size());
  return status == "200" || begins_with_key(body, "detail")
             ? ""
             : "a refusal without a detail: " + answer;
}

} // namespace

std::string read_text_past_pings(websocket_client& client) {
  auto next = client.read_frame();
  while (next.kind == opcode::ping)
    next = client.read_frame();
  return parse_text(std::move(next));
}

std::string draining_text(const std::string& reason) {
  return R"({"type":"server.draining","data":)" + reason + R"(,"status":503})";
}

void check_drained(websocket_client& client) {
  const auto event = client.read_text();
  const auto close = client.read_close();
  BOOST_TEST(close.code == 4012);
  BOOST_TEST(close.reason.starts_with("{\"reconnect_after_ms\":"));
  BOOST_TEST(event == draining_text(close.reason));
}

close_text read_to_close(websocket_client& client) {
  auto next = client.read_frame();
  while (next.kind != opcode::close)
    next = client.read_frame();
  return parse_close(next);
}

conversation hear_out(websocket_client& client) {
  conversation heard;
  read_frames(heard, client);
  return heard;
}

conversation hear_out_from_http(websocket_client& client) {
  conversation heard;
  heard.is_reset = !client.receive_rest();
  if (!client.has_unread())
    return heard;
  try {
    heard.http = client.read_http_answer();
  } catch (const std::exception& error) {
    heard.fault = error.what();
    return heard;
  }
  if (heard.http.starts_with("HTTP/1.1 101 "))
    read_frames(heard, client);
  else if (client.has_unread())
    heard.fault = "bytes behind a refusal";
  return heard;
}

std::string fault_of(const conversation& heard) {
  if (!heard.fault.empty())
    return heard.fault;
  if (!heard.http.empty() && !heard.http.starts_with("HTTP/1.1 101 "))
    if (auto fault = fault_of_http(heard.http); !fault.empty())
      return fault;
  for (const auto& text : heard.texts)
    if (!begins_with_key(text, "errors"))
      return "no envelope: " + text;
  const auto code = heard.close.code;
  // A client may close with these, and hears its own code again.
  const auto is_echo = code == 0 || code == 1000 || code == 1001 || code == 1003
                       || code == 1010 || code >= 3000;
  if (heard.has_close && !is_echo
      && std::find(server_codes.begin(), server_codes.end(), code)
             == server_codes.end())
    return "closed with " + std::to_string(code);
  // Behind a close frame it is the client's own fault.
  if (heard.is_reset && !heard.has_close)
    return "cut off instead of ended";
  return {};
}

} // namespace stagedoor::test
