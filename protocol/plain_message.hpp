#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <string_view>

namespace stagedoor {

/// Decodes a message as most clients send it, at a fraction of the cost of a
/// parser: an object whose keys are all different, and whose values are texts
/// or integers of up to 18 digits. Its texts are ASCII without escapes. None of
/// the keys is `once` or `once_age`.
/// @param out an empty message.
/// @returns false for any other message, also for one that is malformed or
///          beyond a limit: a parser has to read it then. What `out` has got is
///          of no use.
/// Limits: `route_bytes_max`, `request_id_bytes_max`.
bool decode_plain_message(std::string_view payload, const limits& limits,
                          client_message& out);

} // namespace stagedoor
