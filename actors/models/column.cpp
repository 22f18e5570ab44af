#include "stagedoor/actors/models/column.hpp"

#include "stagedoor/actors/models/stored_value.hpp"
#include "stagedoor/actors/store/postgres_text.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/calendar.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"
#include "stagedoor/protocol/model/text_fields.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::size_t name_bytes_max = 63;

/// How a database holds the values of a field.
enum class storage { integer, real, text, json_text };

bool all_are(const std::vector<json::value>& values, json::kind kind) {
  return std::all_of(values.begin(), values.end(),
                     [&](const auto& value) { return value.kind() == kind; });
}

storage storage_of(const field_rules& rules) {
  switch (rules.kind) {
  case field_kind::integer:
  case field_kind::boolean:
  case field_kind::duration:
    return storage::integer;
  case field_kind::floating:
    return storage::real;
  case field_kind::reference:
    if (rules.many)
      return storage::json_text;
    return rules.key == key_type::integer ? storage::integer : storage::text;
  case field_kind::choice:
    if (all_are(rules.choices, json::kind::int64))
      return storage::integer;
    return all_are(rules.choices, json::kind::string) ? storage::text
                                                      : storage::json_text;
  case field_kind::multiple_choice:
  case field_kind::list:
  case field_kind::dictionary:
  case field_kind::json:
  case field_kind::json_text:
  case field_kind::anything:
  case field_kind::object:
    return storage::json_text;
  default:
    return storage::text;
  }
}

/// The order of texts is that of their bytes there too.
constexpr std::string_view postgres_text_type = "TEXT COLLATE \"C\"";

/// The types of PostgreSQL's own, as it writes them.
std::string_view postgres_type(const field_rules& rules, storage stored) {
  switch (stored) {
  case storage::integer:
    return rules.kind == field_kind::boolean ? "BOOLEAN" : "BIGINT";
  case storage::real:
    return "DOUBLE PRECISION";
  case storage::json_text:
    return postgres_text_type;
  case storage::text:
    break;
  }
  switch (rules.kind) {
  case field_kind::decimal:
    return "NUMERIC";
  case field_kind::uuid:
    return "UUID";
  case field_kind::date:
    return "DATE";
  case field_kind::time:
    return "TIME WITHOUT TIME ZONE";
  case field_kind::date_time:
    return "TIMESTAMP WITH TIME ZONE";
  case field_kind::reference:
    return rules.key == key_type::uuid ? "UUID" : postgres_text_type;
  default:
    return postgres_text_type;
  }
}

/// Whether a column of the kind may hold any text, if not from clients then
/// from others, or from the time before the field had its rules.
bool holds_any_text(const field_rules& rules) {
  switch (rules.kind) {
  case field_kind::text:
  case field_kind::slug:
  case field_kind::regex:
  case field_kind::email:
  case field_kind::url:
    return true;
  case field_kind::choice:
    return storage_of(rules) == storage::text;
  default:
    return false;
  }
}

/// A decimal is compared by its value, whatever the digits of the field.
std::optional<sql_value> decimal_key(const json::value& value) {
  if (!value.is_string() && !value.is_number())
    return std::nullopt;
  const auto spelling = spelled(value);
  const auto text = trimmed(spelling);
  if (!decimal::parse(text))
    return std::nullopt;
  return std::string(text);
}

} // namespace

std::string in_quotes(std::string_view name) {
  return '"' + std::string(name) + '"';
}

bool is_sql_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  constexpr std::string_view digits = "0123456789";
  return !name.empty() && name.size() <= name_bytes_max
         && digits.find(name.front()) == std::string_view::npos
         && std::all_of(name.begin(), name.end(), [&](char c) {
              return letters.find(c) != std::string_view::npos
                     || digits.find(c) != std::string_view::npos;
            });
}

column::column(std::string name, field rules, database_kind database)
    : name_(std::move(name)), rules_(std::move(rules)),
      quoted_(in_quotes(name_)), comparable_(quoted_), database_(database) {
  if (database_ == database_kind::postgres) {
    searchable_ = "lower(CAST(" + quoted_ + " AS TEXT) COLLATE \"C\")";
    return;
  }
  searchable_ = "lower(" + quoted_ + ")";
  if (this->rules().kind == field_kind::decimal)
    comparable_.append(" COLLATE ").append(decimal_collation);
}

std::string_view column::position_function() const {
  return database_ == database_kind::postgres ? "strpos" : "instr";
}

bool column::can_hold(std::string_view text) const {
  return database_ != database_kind::postgres || is_postgres_text(text);
}

std::string_view column::type() const {
  const auto stored = storage_of(rules());
  if (database_ == database_kind::postgres)
    return postgres_type(rules(), stored);
  switch (stored) {
  case storage::integer:
    return "INTEGER";
  case storage::real:
    return "REAL";
  default:
    return "TEXT";
  }
}

bool column::is_key() const {
  return rules().filled_with == server_value::primary_key;
}

bool column::is_counted_key() const {
  return is_key() && storage_of(rules()) == storage::integer;
}

bool column::is_not_null() const {
  return !rules().nullable && rules().kind != field_kind::anything;
}

std::string column::definition() const {
  auto result = quoted_ + ' ' + std::string(type());
  const auto is_postgres = database_ == database_kind::postgres;
  // An integer that was given once is not given again.
  if (is_counted_key())
    return result
           + (is_postgres ? " GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                          : " PRIMARY KEY AUTOINCREMENT");
  if (is_key())
    return result + " PRIMARY KEY NOT NULL";
  if (is_not_null())
    result += " NOT NULL";
  if (rules().unique)
    result += " UNIQUE";
  if (rules().kind == field_kind::boolean && !is_postgres)
    result += " CHECK (" + quoted_ + " IN (0, 1))";
  if (rules().kind == field_kind::reference && !rules().many) {
    result += " REFERENCES " + in_quotes(rules().model);
    if (rules().by != "pk")
      result += " (" + in_quotes(rules().by) + ')';
  }
  return result;
}

sql_value column::to_sql(const json::value& canonical) const {
  if (canonical.is_null() && rules().kind != field_kind::anything)
    return {};
  switch (storage_of(rules())) {
  case storage::integer:
    return stored_integer(canonical, name_);
  case storage::real:
    if (!canonical.is_number())
      refuse_value(name_);
    return canonical.to_number<double>();
  case storage::text:
    return stored_text(rules(), canonical, name_);
  default:
    if (rules().kind == field_kind::reference && canonical.is_array())
      return stagedoor::to_json(without_repetitions(canonical.get_array()));
    return stagedoor::to_json(canonical);
  }
}

std::optional<sql_value> column::to_key(const json::value& value) const {
  if (value.is_null())
    return std::nullopt;
  if (const auto* text = value.if_string();
      text != nullptr && holds_any_text(rules()))
    return held(std::string(*text));
  if (rules().kind == field_kind::decimal)
    return decimal_key(value);
  const auto canonical = to_canonical(rules(), value, {});
  if (!canonical.is_valid() || canonical.content.is_null())
    return std::nullopt;
  // Larger than any integer of the column.
  if (storage_of(rules()) == storage::integer && canonical.content.is_number()
      && !fits_integer(canonical.content))
    return std::nullopt;
  return held(to_sql(canonical.content));
}

std::optional<sql_value> column::held(sql_value value) const {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && !can_hold(*text))
    return std::nullopt;
  return value;
}

sql_value column::from_text(std::string text) const {
  const auto read = [&](auto number) -> sql_value {
    const auto* end = text.data() + text.size();
    const auto found = std::from_chars(text.data(), end, number);
    if (found.ec != std::errc{} || found.ptr != end)
      refuse_value(name_);
    return number;
  };
  if (rules().kind == field_kind::boolean) {
    if (text != "true" && text != "false")
      refuse_value(name_);
    return std::int64_t{text == "true"};
  }
  switch (storage_of(rules())) {
  case storage::integer:
    return read(std::int64_t{});
  case storage::real:
    return read(double{});
  default:
    return text;
  }
}

json::value column::to_json(const sql_value& value) const {
  if (std::holds_alternative<std::monostate>(value))
    return nullptr;
  const auto stored = storage_of(rules());
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (stored == storage::real)
      return static_cast<double>(*number);
    if (stored != storage::integer)
      refuse_value(name_);
    if (rules().kind == field_kind::boolean)
      return *number != 0;
    if (rules().kind == field_kind::duration)
      return json::string(write_duration(
          normal_time_span(0, std::chrono::microseconds{*number})));
    return *number;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    if (stored != storage::real)
      refuse_value(name_);
    return *number;
  }
  const auto& text = std::get<std::string>(value);
  if (stored == storage::json_text) {
    auto parsed = parse_json(text, wire_depth_max);
    if (!parsed)
      refuse_value(name_);
    return std::move(*parsed);
  }
  if (stored != storage::text)
    refuse_value(name_);
  switch (rules().kind) {
  case field_kind::uuid:
    if (read_uuid(json::string(text)))
      return shown_uuid(rules().form, text);
    refuse_value(name_);
  case field_kind::decimal:
    if (rules().as_number)
      return decimal::parse(text).value_or(decimal{}).to_double();
    break;
  case field_kind::time:
    if (const auto time = read_time(text))
      return json::string(write_time(*time));
    refuse_value(name_);
  case field_kind::date_time:
    if (const auto time = read_date_time(text, std::chrono::minutes{0}).value)
      return json::string(write_date_time(*time, rules().zone));
    refuse_value(name_);
  default:
    break;
  }
  return json::string(text);
}

} // namespace stagedoor
