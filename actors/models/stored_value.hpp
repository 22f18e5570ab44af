#pragma once

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <cstdint>
#include <string>

namespace stagedoor {

/// Says that a column has a value that its field cannot have.
/// @throws sql_error.
[[noreturn]] void refuse_value(const std::string& column);

/// A canonical value as the text that a column holds, which has one form for
/// each value and the order of the values.
/// @throws sql_error if the field cannot have it, as the next one.
std::string stored_text(const field_rules& rules, const json::value& value,
                        const std::string& column);

/// A canonical value as an integer; a duration as microseconds, as many as 64
/// bits can count.
std::int64_t stored_integer(const json::value& value,
                            const std::string& column);

/// Whether a column of integers can hold a number, which has 64 bits with a
/// sign.
bool fits_integer(const json::value& number);

/// The rows that a field names, each of them once.
json::array without_repetitions(const json::array& keys);

} // namespace stagedoor
