#pragma once

#include "stagedoor/actors/description/route_tree.hpp"

#include "caf/error.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// How a group treats its members: as the first rule says that matches it. What
/// is kept of its events is what the first rule with a history says that
/// matches it. Nothing is kept of a reserved group.
group_policy policy_of(const std::string& group, const endpoint_table& table);

/// The rule whose guard decides who may be in a group: the first one with a
/// guard that matches it. Nobody guards a reserved group.
/// @param captures gets the named groups of its pattern.
/// @returns null if there is none.
const compiled_group_rule* guarded_rule_of(const std::string& group,
                                           const endpoint_table& table,
                                           fields& captures);

/// Whether a group may have a history.
bool have_histories(const endpoint_table& table);

/// The patterns of groups with a history whose guard lets everybody in.
std::vector<std::string> open_histories(const endpoint_table& table);

/// Finds a pattern with two rules that differ. A group belongs to the server,
/// so only one of them could hold.
caf::error check_group_rules(const endpoint_table& table);

} // namespace stagedoor
