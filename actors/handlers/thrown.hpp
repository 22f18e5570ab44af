#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

// What the application throws, and what becomes of it. Each of these functions
// is called where an exception is being handled.

/// Says what the exception is.
std::string thrown_text();

/// Logs the exception.
/// @param kind such as `action`.
/// @param message what was being handled.
void log_thrown(spdlog::logger& log, std::string_view kind,
                const handler_definition& handler,
                const action_definition& action, const request& message);

/// The same of what runs for a connection and for no message.
/// @param connection_id 0 for what runs for the state of a handler.
void log_thrown(spdlog::logger& log, std::string_view kind,
                const handler_definition& handler, std::uint64_t connection_id);

/// Returns what the client gets: 503 or 504 for an `await_error` that says so,
/// or else 500, and then the exception belongs into the log.
reply reply_to_thrown();

} // namespace stagedoor
