#pragma once

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// What the envelope echoes of a message.
struct message_head {
  /// Absent where the envelope says `"action":null`.
  std::optional<std::string> action;
  /// As the client sent it, query included.
  std::string route;
  /// Absent where the client sent none; else a string, a 64-bit integer or
  /// null.
  std::optional<json::value> request_id;
};

/// One decoded message of a client, see protocol/README.md, "A message from the
/// client".
struct client_message {
  message_head head;
  /// Every key that is not a control key: the arguments of the action.
  json::object arguments;
};

/// The outcome of decoding one message. Also a message that cannot be served
/// has a head, for its envelope.
struct decoded_message {
  client_message message;
  /// none, malformed_message or action_missing.
  errc error = errc::none;
};

/// How a message came.
enum class frame_type { text, binary };

/// Decodes one WebSocket message.
/// Limits: `json_depth_max`, `route_bytes_max`, `request_id_bytes_max`.
decoded_message decode_message(std::string_view payload, frame_type type,
                               const limits& limits);

} // namespace stagedoor
