#include "stagedoor/protocol/model/member_type.hpp"

#include "stagedoor/protocol/model/calendar.hpp"
#include "stagedoor/protocol/model/collection_fields.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <optional>

namespace stagedoor::member_conversion {

namespace {

/// What a canonical value is told that has another type than the member: the
/// field and the type do not fit each other.
std::string error_unless(bool fits, const char* text) {
  return fits ? std::string{} : text;
}

std::string_view text_of(const json::value& canonical) {
  const auto* text = canonical.if_string();
  return text != nullptr ? std::string_view{*text} : std::string_view{};
}

template <class T>
std::string assign(const std::optional<T>& value, T& out, const char* error) {
  if (value)
    out = *value;
  return error_unless(value.has_value(), error);
}

} // namespace

field fit_integer(const field& rules, integer_width width) {
  const auto& known = rules.rules();
  const bool is_open =
      known.kind == field_kind::integer && known.width == integer_width::any;
  return is_open ? rules.as_wide_as(width) : rules;
}

field fit_microseconds(const field& rules) {
  const auto& known = rules.rules();
  if (known.kind != field_kind::duration)
    return rules;
  using std::chrono::microseconds;
  const auto bound = [](microseconds most) {
    return json::string(write_duration(normal_time_span(0, most)));
  };
  auto result = rules;
  if (known.least.is_null())
    result = result.at_least(bound(microseconds::min()));
  if (known.most.is_null())
    result = result.at_most(bound(microseconds::max()));
  return result;
}

std::string read_integer(const json::value& canonical, std::int64_t& out) {
  return convert_argument(canonical, out);
}

std::string read_integer(const json::value& canonical, std::uint64_t& out) {
  return convert_argument(canonical, out);
}

std::string read(const json::value& canonical, bool& out) {
  return convert_argument(canonical, out);
}

std::string read(const json::value& canonical, double& out) {
  return convert_argument(canonical, out);
}

std::string read(const json::value& canonical, std::string& out) {
  return convert_argument(canonical, out);
}

std::string read(const json::value& canonical, decimal& out) {
  return assign(decimal::parse(text_of(canonical)), out,
                "A valid number is required.");
}

std::string read(const json::value& canonical,
                 std::chrono::year_month_day& out) {
  return assign(read_date(text_of(canonical)), out, "Date has wrong format.");
}

std::string read(const json::value& canonical, time_of_day& out) {
  const auto time = read_time(text_of(canonical));
  if (time)
    out = time_of_day{*time};
  return error_unless(time.has_value(), "Time has wrong format.");
}

std::string read(const json::value& canonical, utc_time& out) {
  return assign(
      read_date_time(text_of(canonical), std::chrono::minutes{0}).value, out,
      "Datetime has wrong format.");
}

std::string read(const json::value& canonical, std::chrono::microseconds& out) {
  const auto read = read_duration(text_of(canonical));
  const auto span = read.value.value_or(time_span{});
  const auto range = [](std::chrono::microseconds end) {
    return normal_time_span(0, end);
  };
  const bool fits = canonical.is_string() && read.value
                    && !(span < range(std::chrono::microseconds::min()))
                    && !(range(std::chrono::microseconds::max()) < span);
  using std::chrono::days;
  if (fits) // The day below a negative span may be beyond the range.
    out = span.days < 0 ? days{span.days + 1} + (span.rest - days{1})
                        : days{span.days} + span.rest;
  return error_unless(fits, "Duration has wrong format.");
}

json::value write(bool value) {
  return value;
}

json::value write(double value) {
  return value;
}

json::value write(const std::string& value) {
  return json::string(value);
}

json::value write(const decimal& value) {
  return json::string(value.to_string());
}

json::value write(std::chrono::year_month_day value) {
  return json::string(write_date(value));
}

json::value write(const time_of_day& value) {
  return json::string(write_time(value.to_duration()));
}

json::value write(utc_time value) {
  return json::string(write_date_time(value, std::chrono::minutes{0}));
}

json::value write(std::chrono::microseconds value) {
  return json::string(write_duration(normal_time_span(0, value)));
}

std::string not_an_integer() {
  return "A valid integer is required.";
}

std::string not_a_choice(const json::value& canonical) {
  return to_json(canonical) + " is not a valid choice.";
}

std::string not_a_list(const json::value& canonical) {
  return not_a_collection("list", canonical);
}

std::string not_a_dictionary(const json::value& canonical) {
  return not_a_collection("dictionary", canonical);
}

} // namespace stagedoor::member_conversion
