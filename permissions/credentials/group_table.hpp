#pragma once

#include <map>
#include <string>
#include <vector>

namespace stagedoor {

/// Groups by name, each with the codenames that it gives to its users.
using group_table = std::map<std::string, std::vector<std::string>>;

/// Returns all codenames that `groups` give, sorted and without duplicates. A
/// group that is not in the table gives none.
std::vector<std::string> codenames_of(const std::vector<std::string>& groups,
                                      const group_table& table);

} // namespace stagedoor
