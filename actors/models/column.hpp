#pragma once

#include "stagedoor/actors/store/store.hpp"
#include "stagedoor/protocol/model/field.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// The column of a table that holds one field of a model.
/// Thread rule: any thread.
class column {
public:
  /// @param database whose column it is.
  column(std::string name, field rules, database_kind database);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const field_rules& rules() const { return rules_.rules(); }

  /// In quotes, for SQL.
  [[nodiscard]] const std::string& quoted() const { return quoted_; }
  /// The same with what makes it compare by value, for conditions and orders.
  [[nodiscard]] const std::string& comparable() const { return comparable_; }
  /// A text in lower case, as far as letters of ASCII are concerned, in which
  /// clients search.
  [[nodiscard]] const std::string& searchable() const { return searchable_; }

  /// The function that finds a text in another one.
  [[nodiscard]] std::string_view position_function() const;
  /// Whether the database can hold a text: PostgreSQL has none with a NUL.
  [[nodiscard]] bool can_hold(std::string_view text) const;

  /// Such as `INTEGER`.
  [[nodiscard]] std::string_view type() const;
  /// Such as `"title" TEXT NOT NULL`.
  [[nodiscard]] std::string definition() const;
  [[nodiscard]] bool is_key() const;
  /// Whether it is a key that the database gives.
  [[nodiscard]] bool is_counted_key() const;
  /// Whether the table refuses NULL. A key has none anyway.
  [[nodiscard]] bool is_not_null() const;

  /// Converts a canonical value.
  [[nodiscard]] sql_value to_sql(const json::value& canonical) const;
  /// Converts a value that rows are compared with, such as the id of a user.
  /// Rules that bound the values of the field do not count.
  /// @returns nothing if no value of the column compares with it.
  [[nodiscard]] std::optional<sql_value> to_key(const json::value& value) const;
  /// Reads a value as PostgreSQL writes it as a text.
  /// @throws sql_error if it is none of the type of the column.
  [[nodiscard]] sql_value from_text(std::string text) const;
  /// Converts back.
  /// @throws sql_error if the field cannot have this value.
  [[nodiscard]] json::value to_json(const sql_value& value) const;

private:
  /// Nothing if the database cannot hold it.
  [[nodiscard]] std::optional<sql_value> held(sql_value value) const;

  std::string name_;
  field rules_;
  std::string quoted_;
  std::string comparable_;
  std::string searchable_;
  database_kind database_;
};

/// Puts a name into quotes for SQL.
std::string in_quotes(std::string_view name);

/// Whether a name may be that of a table or a column: letters, digits and
/// underscores of ASCII, no digit first, and at most 63 bytes, which is what
/// PostgreSQL keeps.
bool is_sql_name(std::string_view name);

} // namespace stagedoor
