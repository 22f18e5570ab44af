#include "stagedoor/protocol/model/time_fields.hpp"

#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/calendar.hpp"
#include "stagedoor/protocol/model/number_fields.hpp"

#include <string>

namespace stagedoor {

namespace {

std::string wrong_format(std::string_view what, std::string_view format) {
  std::string text(what);
  text += " has wrong format. Use one of these formats instead: ";
  text += format;
  text += '.';
  return text;
}

std::string wrong_format_text(field_kind kind) {
  switch (kind) {
  case field_kind::date:
    return wrong_format("Date", "YYYY-MM-DD");
  case field_kind::time:
    return wrong_format("Time", "hh:mm[:ss[.uuuuuu]]");
  case field_kind::date_time:
    return wrong_format("Datetime",
                        "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]");
  default:
    return wrong_format("Duration", "[DD] [HH:[MM:]]ss[.uuuuuu]");
  }
}

validation_result valid_text(const std::string& text) {
  return validation_result::valid(json::string(text));
}

validation_result to_canonical_duration(const json::value& value) {
  // A number is so many seconds.
  const auto read = read_duration(spelled(value));
  if (read.value)
    return valid_text(write_duration(*read.value));
  if (!read.is_out_of_range)
    return validation_result::error(wrong_format_text(field_kind::duration));
  constexpr auto days_max = time_span::days_max;
  return validation_result::error("The number of days must be between -"
                                  + std::to_string(days_max) + " and "
                                  + std::to_string(days_max) + ".");
}

time_span span_of(const json::value& duration) {
  return read_duration(spelled(duration)).value.value_or(time_span{});
}

} // namespace

validation_result to_canonical_time(const field_rules& rules,
                                    const json::value& value) {
  if (rules.kind == field_kind::duration)
    return to_canonical_duration(value);
  if (const auto* text = value.if_string()) {
    if (rules.kind == field_kind::date) {
      if (const auto date = read_date(*text))
        return valid_text(write_date(*date));
    } else if (rules.kind == field_kind::time) {
      if (const auto time = read_time(*text))
        return valid_text(write_time(*time));
    } else {
      const auto read = read_date_time(*text, rules.zone);
      if (read.value)
        return valid_text(write_date_time(*read.value, rules.zone));
      if (read.is_out_of_range)
        return validation_result::error("Datetime value out of range.");
    }
  }
  return validation_result::error(wrong_format_text(rules.kind));
}

void check_duration(const field_rules& rules, std::string_view duration,
                    json::array& errors) {
  const auto span = read_duration(duration).value.value_or(time_span{});
  if (!rules.most.is_null() && span_of(rules.most) < span)
    errors.emplace_back(
        above_text(write_duration_in_words(span_of(rules.most))));
  if (!rules.least.is_null() && span < span_of(rules.least))
    errors.emplace_back(
        below_text(write_duration_in_words(span_of(rules.least))));
}

} // namespace stagedoor
