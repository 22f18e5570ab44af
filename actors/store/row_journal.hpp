#pragma once

#include "stagedoor/actors/store/store.hpp"
#include "stagedoor/protocol/group.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The reserved group that is told of the changed rows of a table.
/// @param identity of the database, see `store::identity`.
std::string rows_group(std::string_view identity, std::string_view table);

/// The rows that one job changes, as they were before and as they are at its
/// end.
/// Thread rule: one owner at a time.
class row_journal {
public:
  row_journal() = default;

  /// @param others tells of the rows of some tables, which are not noted; null:
  ///        of none.
  explicit row_journal(const row_listener* others) : others_(others) {}

  /// Notes a row, unless it has been noted before.
  void add(sql_session& sql, changing_row row);

  /// Says what a row that has been noted is at this point of the job.
  void became(const sql_session& sql, std::string_view table,
              const json::value& key, json::value after);

  /// Reads what the rows have become, where that is not known. The job is done
  /// then.
  void close(sql_session& sql);

  /// One event for each row, in the order in which the rows were noted, but for
  /// rows that were added and deleted again. The data is
  /// `{"pk":…,"before":…,"after":…}`, with null for a row that is not there.
  [[nodiscard]] std::vector<group_broadcast>
  events(std::string_view identity) const;

private:
  struct entry {
    changing_row row;
    json::value after;
    /// How many statements the session had run when `after` was true.
    std::optional<std::uint64_t> known_at = std::nullopt;
  };

  entry* find(std::string_view table, const json::value& key);

  const row_listener* others_ = nullptr;
  std::vector<entry> entries_;
};

} // namespace stagedoor
