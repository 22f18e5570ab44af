#pragma once

#include <map>
#include <string>
#include <vector>

namespace stagedoor {

/// Groups by name, each with the codenames of the permissions that it gives.
using group_table = std::map<std::string, std::vector<std::string>>;

/// The codenames that `groups` give together, sorted, each once. A group that
/// is not in the table gives none.
std::vector<std::string> codenames_of(const std::vector<std::string>& groups,
                                      const group_table& table);

} // namespace stagedoor
