#pragma once

#include "stagedoor/actors/models/column.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <vector>

namespace stagedoor {

/// Whether a row passes a filter, as the database would decide: both compare
/// what the columns hold.
/// @param row in its canonical form.
/// @throws sql_error if the filter names a column that is not there, or the row
///         has a value that its column cannot hold.
bool row_matches(const json::object& row, const row_filter& filter,
                 const std::vector<column>& columns);

} // namespace stagedoor
