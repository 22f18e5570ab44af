#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envelopes.hpp"
#include "raw_client.hpp"

namespace stagedoor::test {

// What tests say most often, and hear.

inline const std::string ping_text = R"({"action":"ping"})";
inline const std::string pong_text = success(R"({"pong":true})", "ping");

/// A message without arguments.
inline std::string numbered(const std::string& action, std::size_t id,
                            const std::string& more = {}) {
  return R"({"action":")" + action + R"(","request_id":)" + std::to_string(id)
         + more + '}';
}

/// The bytes of a whole text message.
inline std::string text_frame(std::string_view text) {
  return encode_frame(true, opcode::text, text);
}

/// The bytes of a ping of the WebSocket kind.
inline std::string ping_frame(std::string_view payload = {}) {
  return encode_frame(true, opcode::ping, payload);
}

/// Reads one whole text message and the pings before it: where an interval of
/// pings is short, a busy machine may take longer to send than it lasts.
std::string read_text_past_pings(websocket_client& client);

/// The event that a draining server sends to a client before it closes with
/// this reason.
std::string draining_text(const std::string& reason);

/// Reads what a draining server sends to an idle client, and checks that the
/// event and the close name the same time.
void check_drained(websocket_client& client);

/// Reads up to a close frame, whatever comes before it.
close_text read_to_close(websocket_client& client);

/// All that a server says on one connection, to its end.
struct conversation {
  /// The HTTP answer.
  std::string http;
  /// The payloads of all text messages.
  std::vector<std::string> texts;
  std::size_t pongs = 0;
  std::size_t pings = 0;
  /// What the close frame says, if there was one.
  close_text close;
  bool has_close = false;
  /// The server cut the connection off instead of ending it.
  bool is_reset = false;
  /// What no server may send; empty if there is nothing.
  std::string fault;
};

/// Reads what still comes on an open WebSocket.
conversation hear_out(websocket_client& client);

/// The same from the HTTP answer on.
conversation hear_out_from_http(websocket_client& client);

/// What is wrong with a conversation by protocol/README.md, sections 1, 3 and
/// 5, whatever the client sent; empty if nothing is.
std::string fault_of(const conversation& heard);

} // namespace stagedoor::test
