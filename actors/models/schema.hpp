#pragma once

#include "stagedoor/actors/store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A column of a table that is there.
struct found_column {
  std::string name;
  /// As the database writes it in capital letters, with a collation that is not
  /// the one of the database, such as `TEXT COLLATE "C"`.
  std::string type;
  bool is_not_null = false;
  bool is_key = false;
};

/// Keeps others who call it from making tables at the same time, until the end
/// of the transaction.
void lock_schema(sql_session& sql);

/// The columns of a table in their order; none if it is not there.
std::vector<found_column> columns_of(sql_session& sql, std::string_view table);

/// The names of the columns of each unique index over whole columns and all
/// rows, in the order of the letters.
std::vector<std::vector<std::string>> unique_sets_of(sql_session& sql,
                                                     std::string_view table);

} // namespace stagedoor
