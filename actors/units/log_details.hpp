#pragma once

#include "stagedoor/protocol/request.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// Says whose message it is, for a line of the log: `route "notes/", connection
/// 7, user 3`. The query of the route is left out, since it may be secret.
std::string log_details(const request& message);

/// Returns a name that a client has chosen, with quotes and escapes. Of a name
/// of more than `log_limits::name_bytes_max` bytes only the beginning is left.
std::string quoted_name(std::string_view name);

} // namespace stagedoor
