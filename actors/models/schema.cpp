#include "stagedoor/actors/models/schema.hpp"

#include "stagedoor/actors/models/column.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

std::string text_at(const sql_row& row, std::size_t index) {
  const auto* text = std::get_if<std::string>(&row.at(index));
  return text != nullptr ? *text : std::string{};
}

bool is_set(const sql_row& row, std::size_t index) {
  const auto* number = std::get_if<std::int64_t>(&row.at(index));
  return number != nullptr && *number != 0;
}

bool is_postgres(const sql_session& sql) {
  return sql.kind() == database_kind::postgres;
}

} // namespace

void lock_schema(sql_session& sql) {
  // SQLite has one writer anyway.
  if (is_postgres(sql))
    sql.run("SELECT pg_advisory_xact_lock(hashtext('stagedoor.schema'))");
}

std::vector<found_column> columns_of(sql_session& sql, std::string_view table) {
  const auto rows =
      is_postgres(sql) ? sql.run(
          "SELECT a.attname, upper(format_type(a.atttypid, a.atttypmod)) || "
          "CASE WHEN a.attcollation IN (0, t.typcollation) THEN '' "
          "ELSE ' COLLATE ' || quote_ident(c.collname) END, "
          "a.attnotnull, coalesce(a.attnum = ANY (i.indkey), false) "
          "FROM pg_attribute a "
          "JOIN pg_type t ON t.oid = a.atttypid "
          "LEFT JOIN pg_collation c ON c.oid = a.attcollation "
          "LEFT JOIN pg_index i ON i.indrelid = a.attrelid "
          "AND i.indisprimary "
          "WHERE a.attrelid = to_regclass(?1) AND a.attnum > 0 "
          "AND NOT a.attisdropped ORDER BY a.attnum",
          {in_quotes(table)})
                       : sql.run(R"(SELECT name, type, "notnull", pk )"
                                 "FROM pragma_table_info(?1)",
                                 {std::string(table)});
  std::vector<found_column> result;
  for (const auto& row : rows)
    result.push_back(
        {text_at(row, 0), text_at(row, 1), is_set(row, 2), is_set(row, 3)});
  return result;
}

std::vector<std::vector<std::string>> unique_sets_of(sql_session& sql,
                                                     std::string_view table) {
  const auto rows =
      is_postgres(sql)
          ? sql.run("SELECT i.indexrelid::text, a.attname FROM pg_index i "
                    "JOIN pg_attribute a ON a.attrelid = i.indrelid "
                    "AND a.attnum = ANY "
                    "((i.indkey::int2[])[0:i.indnkeyatts - 1]) "
                    "WHERE i.indrelid = to_regclass(?1) AND i.indisunique "
                    "AND i.indisvalid AND i.indpred IS NULL "
                    "AND i.indexprs IS NULL ORDER BY 1, 2",
                    {in_quotes(table)})
          : sql.run("SELECT l.name, i.name FROM pragma_index_list(?1) l, "
                    R"(pragma_index_info(l.name) i WHERE l."unique" = 1 )"
                    "AND l.partial = 0 ORDER BY 1, 2",
                    {std::string(table)});
  std::vector<std::vector<std::string>> result;
  std::string index;
  for (const auto& row : rows) {
    if (auto next = text_at(row, 0); next != index || result.empty()) {
      result.emplace_back();
      index = std::move(next);
    }
    result.back().push_back(text_at(row, 1));
  }
  return result;
}

} // namespace stagedoor
