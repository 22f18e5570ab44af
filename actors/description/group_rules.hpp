#pragma once

#include "stagedoor/actors/description/route_tree.hpp"

#include "caf/error.hpp"

#include <string>

namespace stagedoor {

/// The rule of a group: the first one that matches.
/// @param captures gets the named groups of its pattern.
/// @returns null if there is none.
const compiled_group_rule* rule_of(const std::string& group,
                                   const endpoint_table& table,
                                   fields& captures);

/// How a group treats its members.
group_policy policy_of(const std::string& group, const endpoint_table& table);

/// Finds a pattern with two rules that differ. A group belongs to the server,
/// so only one of them could hold.
caf::error check_group_rules(const endpoint_table& table);

} // namespace stagedoor
