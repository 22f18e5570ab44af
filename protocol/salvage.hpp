#pragma once

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <optional>
#include <string_view>

namespace stagedoor {

/// Looks for the `request_id` of a message that cannot be read, so that its
/// client can tell which one it was. It is found if it stands among the keys of
/// an object that begins the message, whatever else is wrong there, and if it
/// is valid. Of several, the last one counts.
/// Limits: `request_id_bytes_max`. Takes no memory and no time for nesting.
std::optional<json::value> salvaged_request_id(std::string_view payload,
                                               const limits& limits);

} // namespace stagedoor
