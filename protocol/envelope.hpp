#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <string>

namespace stagedoor {

/// Appends the status envelope: `errors`, `data`, `action`, `route`, `status`
/// and, where the client sent one, `request_id`; in this order, compact.
void append_envelope(std::string& out, const message_head& head,
                     const reply& reply);

/// Appends a push: `type`, `data`, `status`; in this order, compact.
void append_event(std::string& out, const event& event);

} // namespace stagedoor
