#pragma once

#include "stagedoor/protocol/model/field_rules.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// Each of these functions converts a value to the canonical form of its kind.
validation_result to_canonical_choice(const field_rules& rules,
                                      const json::value& value);
validation_result to_canonical_choices(const field_rules& rules,
                                       const json::value& value);
validation_result to_canonical_list(const field_rules& rules,
                                    const json::value& value,
                                    const validation_context& context);
validation_result to_canonical_dictionary(const field_rules& rules,
                                          const json::value& value,
                                          const validation_context& context);
validation_result to_canonical_json_text(const json::value& value);

/// Appends the errors of the number of items.
void check_items(const field_rules& rules, std::size_t items,
                 json::array& errors);

/// What a value is told that is no list or no dictionary.
std::string not_a_collection(std::string_view expected,
                             const json::value& value);

/// The items of a list, or the keys of an object, which Python counts as items.
/// @returns null for any other value.
std::optional<json::array> items_of(const json::value& value);

inline constexpr std::string_view empty_list = "This list may not be empty.";

} // namespace stagedoor
