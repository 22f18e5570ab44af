#include "stagedoor/actors/models/stored_value.hpp"

#include "stagedoor/actors/store/store.hpp"
#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/calendar.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/text_fields.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace stagedoor {

namespace {

/// With all six digits of the fraction, so that the order of the texts is that
/// of the times.
std::string sortable(std::string text, std::size_t seconds_end) {
  if (text.size() == seconds_end || text[seconds_end] != '.')
    text.insert(seconds_end, ".000000");
  return text;
}

/// The value that was read of another one.
template <class T>
T fitting(const std::optional<T>& read, const std::string& column) {
  if (!read)
    refuse_value(column);
  return *read;
}

/// With all places of the field, and without the sign of a zero, which NUMERIC
/// does not have either.
std::string stored_decimal(const field_rules& rules, const json::value& value,
                           const std::string& column) {
  const auto text = value.is_double() ? to_json(value) : spelled(value);
  auto number = fitting(decimal::parse(text), column);
  if (number == decimal{})
    number = decimal{}.with_places(number.places());
  const auto places = rules.places.value_or(0);
  return (number.places() < places ? number.with_places(places) : number)
      .to_string();
}

} // namespace

void refuse_value(const std::string& column) {
  throw sql_error(sql_fault::other,
                  "the column \"" + column
                      + "\" has a value that its field cannot have");
}

json::array without_repetitions(const json::array& keys) {
  std::set<std::string> seen;
  json::array result;
  for (const auto& key : keys)
    if (seen.insert(to_json(key)).second)
      result.push_back(key);
  return result;
}

std::string stored_text(const field_rules& rules, const json::value& value,
                        const std::string& column) {
  constexpr std::size_t time_bytes = 8;       // 10:20:30
  constexpr std::size_t date_time_bytes = 19; // 2024-02-29T10:20:30
  if (rules.kind == field_kind::uuid)
    return write_uuid(fitting(read_uuid(value), column));
  if (rules.kind == field_kind::decimal)
    return stored_decimal(rules, value, column);
  const auto* text = value.if_string();
  if (text == nullptr)
    refuse_value(column);
  if (rules.kind == field_kind::date)
    return write_date(fitting(read_date(*text), column));
  if (rules.kind == field_kind::time)
    return sortable(write_time(fitting(read_time(*text), column)), time_bytes);
  if (rules.kind == field_kind::date_time)
    return sortable(
        write_date_time(
            fitting(read_date_time(*text, rules.zone).value, column),
            std::chrono::minutes{0}),
        date_time_bytes);
  return std::string(*text);
}

bool fits_integer(const json::value& number) {
  return number.is_int64()
         || (number.is_uint64()
             && std::in_range<std::int64_t>(number.get_uint64()));
}

std::int64_t stored_integer(const json::value& value,
                            const std::string& column) {
  if (const auto* truth = value.if_bool())
    return *truth ? 1 : 0;
  if (const auto* duration = value.if_string()) {
    const auto span = fitting(read_duration(*duration).value, column);
    return std::chrono::microseconds{std::chrono::days{span.days} + span.rest}
        .count();
  }
  if (!fits_integer(value))
    refuse_value(column);
  return value.to_number<std::int64_t>();
}

} // namespace stagedoor
