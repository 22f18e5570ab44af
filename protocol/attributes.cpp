#include "stagedoor/protocol/attributes.hpp"

namespace stagedoor {

const json::value* find_attribute(const json::object& all,
                                  std::string_view name) {
  if (const auto* whole = all.if_contains(name))
    return whole;
  const auto* level = &all;
  while (level != nullptr) {
    const auto dot = name.find('.');
    const auto* found = level->if_contains(name.substr(0, dot));
    if (found == nullptr || dot == std::string_view::npos)
      return found;
    level = found->if_object();
    name.remove_prefix(dot + 1);
  }
  return nullptr;
}

} // namespace stagedoor
