#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/protocol/client_message.hpp"

#include <spdlog/logger.h>

#include <cstddef>
#include <cstdint>

namespace stagedoor {

/// What `trace` does when it has something to log.
void write_trace(const connection_core& core, const message_head& head,
                 std::uint16_t status, std::size_t bytes);

/// Logs at the level `trace` that a message has come, or that a reply goes out.
/// What may be secret is left out: the arguments, the data, and the query of
/// the route.
/// @param status of a reply; 0 for a message.
/// @param bytes of the whole text.
inline void trace(const connection_core& core, const message_head& head,
                  std::uint16_t status, std::size_t bytes) {
  if (core.setup.shared->log->should_log(spdlog::level::trace)) [[unlikely]]
    write_trace(core, head, status, bytes);
}

/// Logs at the level `info` that a connection has ended, and why.
/// @param messages that the client has sent.
/// @param dropped texts that the client did not get.
void log_end(const connection_core& core, const scope& scope,
             const transport_ended& event, std::uint64_t messages,
             std::uint64_t dropped);

} // namespace stagedoor
