#pragma once

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// Whether a key of a message is a control key. Control keys are no arguments.
constexpr bool is_control_key(std::string_view key) {
  return key == "action" || key == "route" || key == "request_id"
         || key == "once" || key == "once_age";
}

/// Bytes of a `once`. No option changes this.
inline constexpr std::size_t once_bytes_max = 128;

/// What a message says with `once` and `once_age`: that it is to run once,
/// however often the client sends it.
struct once_mark {
  /// As the client sent it, of any length.
  std::string key;
  /// How long ago the client has sent it for the first time; 0 if it does not
  /// say.
  std::chrono::milliseconds age{0};
};

/// The part of a message that its envelope repeats.
struct message_head {
  /// Absent if the envelope says `"action":null`.
  std::optional<std::string> action;
  /// As the client sent it, query included.
  std::string route;
  /// Absent if the client sent none; otherwise a string, a 64-bit integer or
  /// null, or an array if the client speaks another dialect.
  std::optional<json::value> request_id;
};

/// One decoded message of a client, see protocol/README.md, "A message from the
/// client".
struct client_message {
  message_head head;
  /// The arguments of the action, which are all keys but the control keys.
  json::object arguments;
  /// Null for a message without `once`, as almost all are.
  std::shared_ptr<const once_mark> once;
};

/// The outcome of decoding one message.
struct decoding {
  /// none, malformed_message or action_missing.
  errc error = errc::none;
  /// Tells the developer of the client why the message is malformed. It repeats
  /// nothing of the message. Empty for other errors.
  std::string reason;
};

/// A message with that outcome. One that cannot be served has a head too, for
/// its envelope.
struct decoded_message : decoding {
  client_message message;
};

/// The kind of frame in which a message arrived.
enum class frame_type { text, binary };

/// Decodes one WebSocket message. Half of a surrogate pair in an escape becomes
/// U+FFFD in an argument, and makes a control key invalid. Of a malformed
/// message, `request_id` is in the head if a valid one can be found.
/// @param out an empty message, which gets what was decoded.
/// Limits: `json_depth_max`, `route_bytes_max`, `request_id_bytes_max`.
decoding decode_message(std::string_view payload, frame_type type,
                        const limits& limits, client_message& out);

/// The same for a message of its own.
decoded_message decode_message(std::string_view payload, frame_type type,
                               const limits& limits);

} // namespace stagedoor
