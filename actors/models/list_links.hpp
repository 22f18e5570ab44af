#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// A change of a query: a name and its only value from now on, or nothing to
/// leave the name out.
using query_change = std::pair<std::string_view, std::optional<std::string>>;

/// Returns the link to another page: the route with its query changed, and the
/// names of the query in alphabetical order.
std::string link_to(std::string_view route, const fields& query,
                    const std::vector<query_change>& changes);

} // namespace stagedoor
