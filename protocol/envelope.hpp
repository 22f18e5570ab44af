#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor {

/// Appends the status envelope: `errors`, `data`, `action`, `route`, `status`
/// and, where the client sent one, `request_id`; in this order, compact.
/// @returns false if the reply has something that JSON cannot express, which
///          is replaced. The client must not get the text then.
[[nodiscard]] bool append_envelope(std::string& out, const message_head& head,
                                   const reply& reply);

/// Appends a push: `type`, `data`, `status`; in this order, compact.
/// @returns false if the event has something that JSON cannot express, here or
///          on the node that it came from, or the status that stands for that.
///          No client must get the text then.
[[nodiscard]] bool append_event(std::string& out, const event& event);

/// Appends the event of a subscription: `type`, `data`, `status` and
/// `request_id`; in this order, compact.
/// @param data JSON.
void append_subscription_event(std::string& out, std::string_view type,
                               std::string_view data, std::uint16_t status,
                               const json::value& request_id);

/// Says for the log what is wrong with an event that `append_event` refused.
[[nodiscard]] std::string flaw_of(const event& refused);

} // namespace stagedoor
