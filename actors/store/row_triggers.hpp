#pragma once

#include "stagedoor/actors/store/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace stagedoor {

/// What the triggers of a table tell on its channel of PostgreSQL.
struct row_telling {
  /// The name of a channel is this and the number (`oid`) of the table.
  static constexpr const char* channel_begin = "stagedoor_rows_";
  /// The payload that says that subscribers cannot know what has changed: the
  /// table was emptied by TRUNCATE, or a transaction has changed more rows than
  /// `rows_max`.
  static constexpr const char* missed = "missed";
  /// The most changes of rows of one transaction that are told.
  static constexpr std::size_t rows_max = 10'000;
};

/// Has PostgreSQL tell of each transaction that changes rows of a table,
/// whoever writes it. Makes the triggers `stagedoor_count`, `stagedoor_tell`
/// and `stagedoor_truncate` and their functions, or makes them anew if they are
/// from another version; otherwise it changes nothing. The job holds the lock
/// of `lock_schema`.
/// @param columns what is told of a row, the key among them. Columns that an
///        earlier call has named are told too.
/// @throws sql_error that names the table, for example because the role may not
///         make triggers.
void make_row_triggers(sql_session& sql, const std::string& table,
                       const std::vector<std::string>& columns);

} // namespace stagedoor
