#pragma once

#include "stagedoor/actors/description/route_tree.hpp"

#include "caf/error.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// Makes errc::invalid_endpoint with a text: what is wrong, and where.
caf::error flaw_at(const std::string& place, const std::string& reason);

/// Checks the rules of an endpoint that would never apply: a path that no
/// request has, and names that no client can send.
/// @param place the endpoint, for errors.
caf::error check_endpoint(const compiled_endpoint& endpoint,
                          const std::string& place);

/// Finds endpoints and routes to which no message comes, because an earlier
/// pattern of the same list matches all of theirs. The author may mean it, so
/// these are no errors.
/// @returns a line for each, which names both.
std::vector<std::string> find_unreachable(const endpoint_table& endpoints);

} // namespace stagedoor
