#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// Splits and decodes the target of an opening request into the path and the
/// query of the scope. A target is in origin form (`/ws/?a=1`) or in absolute
/// form (`http://example.org/ws/?a=1`).
///
/// Path and query may have each character that browsers send as it is. A `%`
/// in the query that begins no escape stands for itself. The rules are our own,
/// so that they are the same with every version of Boost.
/// @returns false if the target is malformed; then path and query are left
///          alone.
bool parse_target(std::string_view target, std::string& path, fields& query);

/// Returns the host and the port that a target in absolute form names, and an
/// empty text for any other target.
std::string_view authority_of(std::string_view target);

/// Whether `text` is a valid value of the header `Host`: a host, an IP address,
/// or nothing, with an optional port.
bool is_host(std::string_view text);

} // namespace stagedoor
