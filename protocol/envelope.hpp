#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <string>

namespace stagedoor {

/// Writes the status envelope: `errors`, `data`, `action`, `route`, `status`
/// and, where the client sent one, `request_id`; in this order, compact.
std::string encode_envelope(const message_head& head, const reply& reply);

/// Writes a push: `type`, `data`, `status`; in this order, compact.
std::string encode_event(const event& event);

} // namespace stagedoor
