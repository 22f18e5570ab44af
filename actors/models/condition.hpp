#pragma once

#include "stagedoor/actors/models/column.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A text with the letters of ASCII in lower case, as searches compare it.
std::string in_lower_case(std::string text);

/// The column of the field that a filter names.
/// @throws sql_error if there is none.
const column& column_of(std::string_view field,
                        const std::vector<column>& columns);

/// Appends the condition under which a row passes a filter.
/// @throws sql_error if the filter names a column that is not there.
void append_condition(sql_text& out, const row_filter& filter,
                      const std::vector<column>& columns);

} // namespace stagedoor
