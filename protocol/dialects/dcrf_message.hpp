#pragma once

#include "stagedoor/protocol/client_message.hpp"

#include <optional>
#include <string_view>

namespace stagedoor {

/// Decodes one WebSocket message of a client that speaks the dialect dcrf. The
/// head of the result is as all other parts of the server know it:
///
/// - `action` has the name that Stagedoor has for it, see `renamed_action`;
/// - `route` is that of the stream, `posts/` for the stream `posts`, or else
///   empty. Options of a list stand in its query;
/// - `request_id` is an array of the client's `request_id`, the stream or null,
///   and the `pk` or null, so that a subscription is told from those to other
///   rows. It is absent if the client sent none, or null.
///
/// Half of a surrogate pair in an escape becomes U+FFFD.
/// Limits: `json_depth_max`, `route_bytes_max` for the stream and its query,
/// `request_id_bytes_max` for a `request_id` that is a string, and for the JSON
/// of any other one.
decoded_message decode_dcrf_message(std::string_view payload, frame_type type,
                                    const limits& limits);

/// Returns the name that the other side has for an action: `patch` is
/// `partial_update`, and `delete` is `destroy`; and the other way round, so
/// that no two names become one.
std::string_view renamed_action(std::string_view name);

/// Returns the stream of a route that `decode_dcrf_message` has made; nothing
/// if the message had none.
std::optional<std::string_view> stream_of(std::string_view route);

} // namespace stagedoor
