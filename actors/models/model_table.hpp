#pragma once

#include "stagedoor/actors/models/column.hpp"
#include "stagedoor/actors/models/condition.hpp"
#include "stagedoor/actors/models/schema.hpp"
#include "stagedoor/protocol/model/object_description.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// One key of an order of rows.
struct order_term {
  const column* by;
  bool descending = false;
};

/// The table that holds the rows of a model, as canonical objects. It has the
/// name of the model, and a column for each field.
/// Thread rule: any thread; each call belongs to the job of its session, and
/// throws sql_error.
class model_table {
public:
  /// @param adds_columns whether `open` adds columns that are not there.
  model_table(const object_description& about, bool adds_columns,
              database_kind database);

  model_table(const model_table&) = delete;
  model_table& operator=(const model_table&) = delete;

  /// Why the description can be no table, such as `has no primary key`; empty
  /// if it can.
  [[nodiscard]] const std::string& fault() const { return fault_; }

  /// Makes the table if it is not there, and otherwise compares it.
  /// @throws sql_error that says what does not fit.
  void open(sql_session& sql) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<column>& columns() const { return columns_; }
  [[nodiscard]] const column& key() const { return *key_; }
  /// Returns null if there is none.
  [[nodiscard]] const column* find_column(std::string_view field) const;

  /// What reads the row with this key, if it passes the filter.
  /// @returns nothing if no row can have the key.
  [[nodiscard]] std::optional<sql_text> look_up(const json::value& key,
                                                const row_filter& filter) const;
  /// What was read so.
  [[nodiscard]] std::optional<json::object>
  first_of(const sql_rows& rows) const;

  /// The row with this key, if it passes the filter.
  [[nodiscard]] std::optional<json::object>
  find(sql_session& sql, const json::value& key,
       const row_filter& filter) const;

  /// @param condition what follows WHERE, with its values.
  /// @param count the most rows, behind the first `offset` ones.
  [[nodiscard]] std::vector<json::object>
  list(sql_session& sql, const sql_text& condition,
       const std::vector<order_term>& order, std::int64_t count,
       std::int64_t offset) const;
  [[nodiscard]] std::int64_t count(sql_session& sql,
                                   const sql_text& condition) const;

  /// Adds a row.
  /// @param is_last whether the job ends with it; see `sql_session::run_last`.
  /// @returns it as the database keeps it, with its key.
  json::object insert(sql_session& sql, const json::object& row,
                      bool is_last = false) const;
  /// Replaces the row with the key of `row`.
  /// @returns it as the database keeps it; nothing if no row has the key.
  std::optional<json::object> update(sql_session& sql,
                                     const json::object& row) const;
  void remove(sql_session& sql, const json::value& key) const;

  /// A row whose values are texts or null by the names of their columns, as
  /// PostgreSQL writes them.
  /// @throws sql_error if a column is not there, or has a value that its field
  ///         cannot have.
  [[nodiscard]] json::object row_of(const json::object& texts) const;

  /// A row that a job is about to change, for `sql_session::note`.
  /// @param before see `changing_row`.
  [[nodiscard]] changing_row
  changing(const json::value& key,
           std::optional<json::value> before = std::nullopt) const;

  /// Whether another row has the same values as `row` in these fields.
  [[nodiscard]] bool is_taken(sql_session& sql,
                              const std::vector<std::string>& names,
                              const json::object& row) const;

private:
  [[nodiscard]] std::string fault_of(const object_description& about) const;
  void create(sql_session& sql) const;
  void check_column(sql_session& sql, const column& expected,
                    const std::vector<found_column>& found) const;
  /// @param row the values of all columns, in their order.
  [[nodiscard]] json::object object_of(const sql_row& row) const;

  std::string name_;
  std::string quoted_;
  bool adds_columns_;
  database_kind database_;
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> unique_sets_;
  const column* key_ = nullptr;
  std::string fault_;
  std::string select_;
  std::string insert_;
  std::string update_;
};

/// Whether a table holds a row that a reference names.
/// @param by the column, or `pk` for the primary key of the table.
bool row_is_there(sql_session& sql, std::string_view table, std::string_view by,
                  const json::value& key);

} // namespace stagedoor
