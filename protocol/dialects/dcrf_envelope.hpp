#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// The stream of the events that no request has asked for.
inline constexpr std::string_view dcrf_event_stream = "$events";

/// Appends the envelope of the dialect dcrf: `errors`, `data`, `action`,
/// `response_status` and `request_id`; in this order, compact, and inside of
/// `stream` and `payload` if the message had a stream.
/// @param head of a message that `decode_dcrf_message` has decoded.
/// @returns false if the reply has something that JSON cannot express, which
///          is replaced. The client must not get the text then.
[[nodiscard]] bool append_dcrf_envelope(std::string& out,
                                        const message_head& head,
                                        const reply& reply);

/// Appends an event in the form of an envelope. The event of a subscription has
/// the `request_id` and the stream of the message that began it.
/// @param text the event as protocol/envelope.hpp writes it.
/// @param in_stream whether other events get a stream.
/// @returns false if the text is no event. The client must get nothing then.
[[nodiscard]] bool append_dcrf_event(std::string& out, std::string_view text,
                                     bool in_stream);

} // namespace stagedoor
