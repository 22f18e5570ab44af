#include "stagedoor/protocol/scope.hpp"

#include <algorithm>

namespace stagedoor {

const std::string* find_field(const fields& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(),
                   [name](const auto& field) { return field.first == name; });
  return found == all.end() ? nullptr : &found->second;
}

} // namespace stagedoor
