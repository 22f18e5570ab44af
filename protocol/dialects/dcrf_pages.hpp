#pragma once

#include "stagedoor/protocol/reply.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// Returns the route that asks for the page behind one of a list that is sent
/// whole. A page is a success whose data has the keys `count`, `results`,
/// `limit` and `offset`; the last one is that whose offset is not below `count`
/// - `limit`.
/// @param route as the client sent it. Its query gets a further `limit` and
///        `offset`, which count in place of earlier ones.
/// @param answer to a message for the list.
/// @returns nothing if the answer is the last page, or no page.
std::optional<std::string> route_of_next_page(std::string_view route,
                                              const reply& answer);

} // namespace stagedoor
