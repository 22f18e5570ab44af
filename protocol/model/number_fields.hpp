#pragma once

#include "stagedoor/protocol/model/field_rules.hpp"

#include <string_view>

namespace stagedoor {

/// Each of these functions converts a value to the canonical form of its kind.
/// An integer is checked against the bounds of its width here, because it could
/// not be held otherwise.
validation_result to_canonical_integer(const field_rules& rules,
                                       const json::value& value);
validation_result to_canonical_float(const field_rules& rules,
                                     const json::value& value);
validation_result to_canonical_decimal(const field_rules& rules,
                                       const json::value& value);
validation_result to_canonical_boolean(const field_rules& rules,
                                       const json::value& value);

/// Appends the errors of a canonical integer, float or decimal.
void check_number(const field_rules& rules, const json::value& number,
                  json::array& errors);

/// What a number is told that is beyond a bound.
json::string above_text(std::string_view most);
json::string below_text(std::string_view least);

/// Reads an integer from a text that holds a sign and digits, and white space
/// around them.
/// @returns null for any other text. An integer that 64 bits cannot hold
///          becomes an infinite double.
json::value read_integer(std::string_view text);

} // namespace stagedoor
