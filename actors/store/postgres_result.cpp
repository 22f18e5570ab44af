#include "stagedoor/actors/store/postgres_result.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <libpq-fe.h>
#include <string_view>

namespace stagedoor {

namespace {

sql_fault fault_of(std::string_view state) {
  struct known_state {
    std::string_view begin;
    sql_fault fault;
  };
  // The first that fits.
  static constexpr std::array known{
      known_state{"23505", sql_fault::unique},
      known_state{"23503", sql_fault::reference},
      known_state{"23001", sql_fault::reference},
      known_state{"23502", sql_fault::not_null},
      known_state{"23", sql_fault::check},
      known_state{"22", sql_fault::wrong_type},
      // The writes of others have spoiled this one.
      known_state{"40", sql_fault::locked},
      known_state{"55P03", sql_fault::locked},
      known_state{"53", sql_fault::full}, known_state{"57014", sql_fault::late},
      // It cannot be reached, stops, starts, or has become one that only reads.
      known_state{"08", sql_fault::gone}, known_state{"57P", sql_fault::gone},
      known_state{"58", sql_fault::gone}, known_state{"25006", sql_fault::gone},
      known_state{"XX", sql_fault::gone}};
  const auto* const found =
      std::find_if(known.begin(), known.end(), [&](const auto& each) {
        return state.starts_with(each.begin);
      });
  return found == known.end() ? sql_fault::other : found->fault;
}

template <class T>
T number_of(std::string_view text) {
  T result{};
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

sql_value value_of(const PGresult* result, int row, int column) {
  // The numbers of PostgreSQL's types, which never change.
  enum : Oid {
    boolean = 16,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    oid = 26,
    float4 = 700,
    float8 = 701
  };
  if (PQgetisnull(result, row, column) != 0)
    return {};
  const std::string_view text{
      PQgetvalue(result, row, column),
      static_cast<std::size_t>(PQgetlength(result, row, column))};
  switch (PQftype(result, column)) {
  case boolean:
    return std::int64_t{text == "t"};
  case int2:
  case int4:
  case int8:
  case oid:
    return number_of<std::int64_t>(text);
  case float4:
  case float8:
    return number_of<double>(text);
  default:
    return std::string(text);
  }
}

} // namespace

std::string one_line(const char* text) {
  std::string result{text};
  std::replace(result.begin(), result.end(), '\n', ' ');
  result.erase(result.find_last_not_of(' ') + 1);
  return result;
}

bool is_done(const pg_result* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string part_of(const pg_result* result, int code) {
  const auto* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string{} : std::string{text};
}

sql_error error_of(const pg_result* result) {
  const auto state = part_of(result, PG_DIAG_SQLSTATE);
  const auto fault = fault_of(state);
  // What does not fit a type is told with the value.
  const auto text = fault == sql_fault::wrong_type
                        ? "a value does not fit its type"
                        : part_of(result, PG_DIAG_MESSAGE_PRIMARY);
  return {fault, text + " (PostgreSQL " + state + ")", state,
          part_of(result, PG_DIAG_CONSTRAINT_NAME)};
}

sql_rows rows_of(const pg_result* result) {
  sql_rows rows(static_cast<std::size_t>(PQntuples(result)));
  const auto columns = PQnfields(result);
  int index = 0;
  for (auto& row : rows) {
    row.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column)
      row.push_back(value_of(result, index, column));
    ++index;
  }
  return rows;
}

std::optional<std::int64_t> changed_by(pg_result* result) {
  const std::string_view tag = PQcmdStatus(result);
  if (tag.starts_with("INSERT") || tag.starts_with("UPDATE")
      || tag.starts_with("DELETE"))
    return number_of<std::int64_t>(PQcmdTuples(result));
  return std::nullopt;
}

} // namespace stagedoor
