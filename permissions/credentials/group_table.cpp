#include "stagedoor/permissions/credentials/group_table.hpp"

#include <algorithm>

namespace stagedoor {

std::vector<std::string> codenames_of(const std::vector<std::string>& groups,
                                      const group_table& table) {
  std::vector<std::string> result;
  for (const auto& group : groups)
    if (const auto found = table.find(group); found != table.end())
      result.insert(result.end(), found->second.begin(), found->second.end());
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

} // namespace stagedoor
