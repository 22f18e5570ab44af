#pragma once

#include "stagedoor/actors/models/column.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// A text of SQL that is being written, with the values that it refers to. No
/// value ever becomes a part of the text.
struct sql_text {
  std::string text;
  std::vector<sql_value> values;

  /// Appends a piece of SQL, which is a text of the program.
  sql_text& add(std::string_view piece) {
    text += piece;
    return *this;
  }

  /// Appends a reference to a value.
  sql_text& bind(sql_value value) {
    values.push_back(std::move(value));
    text += '?';
    text += std::to_string(values.size());
    return *this;
  }
};

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
