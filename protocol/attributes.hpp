#pragma once

#include "stagedoor/protocol/json/json.hpp"

#include <string_view>

namespace stagedoor {

/// Finds an attribute of a user, or a claim of a token, by its name. The whole
/// name is looked for first, so that names such as `https://example.com/team`
/// work. If there is no such key, the dots separate the keys of nested objects:
/// `org.id` is the key `id` of the object `org`.
/// @returns null if there is none. The value lives as long as `all` does.
const json::value* find_attribute(const json::object& all,
                                  std::string_view name);

} // namespace stagedoor
