#pragma once

#include "stagedoor/protocol/model/field_rules.hpp"

#include <string_view>

namespace stagedoor {

/// Converts a value to the canonical text of a field of the kinds date, time,
/// date_time or duration.
validation_result to_canonical_time(const field_rules& rules,
                                    const json::value& value);

/// Appends the errors of a canonical duration.
void check_duration(const field_rules& rules, std::string_view duration,
                    json::array& errors);

} // namespace stagedoor
