#include "stagedoor/protocol/model/number_fields.hpp"

#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

constexpr const char* not_an_integer = "A valid integer is required.";
constexpr const char* not_a_number = "A valid number is required.";
constexpr const char* not_a_boolean = "Must be a valid boolean.";
constexpr const char* too_long = "String value too large.";

constexpr double infinite = std::numeric_limits<double>::infinity();

/// The most characters of a number that is sent as a text.
constexpr std::size_t number_characters_max = 1000;

/// Whether the parser may have made a double of an integer, which it does with
/// those that 64 bits cannot hold.
bool may_be_wide_integer(double number) {
  return number >= 18'446'744'073'709'551'616.0
         || number <= -9'223'372'036'854'775'808.0;
}

/// Whether a text has separators, which Python strips from texts but not from
/// numbers.
bool has_separators(std::string_view text) {
  return text.find_first_of("\x1c\x1d\x1e\x1f") != std::string_view::npos;
}

struct integer_bounds {
  std::int64_t least;
  std::uint64_t most;
};

template <class T>
constexpr integer_bounds bounds_of_type{
    .least = static_cast<std::int64_t>(std::numeric_limits<T>::min()),
    .most = static_cast<std::uint64_t>(std::numeric_limits<T>::max())};

integer_bounds bounds_of(integer_width width) {
  switch (width) {
  case integer_width::int8:
    return bounds_of_type<std::int8_t>;
  case integer_width::int16:
    return bounds_of_type<std::int16_t>;
  case integer_width::int32:
    return bounds_of_type<std::int32_t>;
  case integer_width::int64:
    return bounds_of_type<std::int64_t>;
  case integer_width::uint8:
    return bounds_of_type<std::uint8_t>;
  case integer_width::uint16:
    return bounds_of_type<std::uint16_t>;
  case integer_width::uint32:
    return bounds_of_type<std::uint32_t>;
  case integer_width::uint64:
    return bounds_of_type<std::uint64_t>;
  case integer_width::any:
    break;
  }
  return {.least = std::numeric_limits<std::int64_t>::min(),
          .most = std::numeric_limits<std::uint64_t>::max()};
}

/// Whether one number is less than another, exactly where both are integers.
bool is_less(const json::value& a, const json::value& b) {
  if (a.is_double() || b.is_double())
    return a.to_number<double>() < b.to_number<double>();
  if (const auto* negative = a.if_int64(); negative && *negative < 0)
    return !b.is_int64() || *negative < b.get_int64();
  if (const auto* negative = b.if_int64(); negative && *negative < 0)
    return false;
  return a.to_number<std::uint64_t>() < b.to_number<std::uint64_t>();
}

/// Drops a point at the end with zeros behind it, which integers may have.
std::string_view without_zero_places(std::string_view text) {
  // White space behind the zeros counts as well.
  const auto inner = trimmed(text);
  const auto end =
      static_cast<std::size_t>(inner.data() - text.data()) + inner.size();
  const auto rest = text.substr(0, end);
  const auto last = rest.find_last_not_of('0');
  if (last == std::string_view::npos || rest[last] != '.')
    return text;
  return rest.substr(0, last);
}

/// The number that a text of Python's float() spells.
/// @returns NaN for any other text.
double read_float(std::string_view text) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (has_separators(text))
    return none;
  text = trimmed(text);
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-')
      return none;
  }
  double number = none;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ptr != end || read.ec == std::errc::invalid_argument)
    return none;
  if (read.ec == std::errc::result_out_of_range)
    return decimal::parse(text).value_or(decimal{}).to_double();
  return number;
}

std::string digits_text(const char* what, std::size_t max, const char* where) {
  return std::string("Ensure that there are no more than ")
         + std::to_string(max) + what + where + ".";
}

/// Python's decimals have so many digits unless a field says otherwise.
constexpr std::size_t default_digits_max = 28;

/// Why a decimal has too many digits; empty if it has not.
std::string digits_error(const field_rules& rules, const decimal& number) {
  if (rules.digits_max && number.digits() > *rules.digits_max)
    return digits_text(" digits", *rules.digits_max, " in total");
  if (rules.places && number.places() > *rules.places)
    return digits_text(" decimal places", *rules.places, "");
  if (number.digits() > decimal::digits_max)
    return digits_text(" digits", decimal::digits_max, " in total");
  if (!rules.places)
    return {};
  if (!rules.digits_max) {
    const auto all = number.whole_digits() + *rules.places;
    return all > default_digits_max
               ? digits_text(" digits", default_digits_max, " in total")
               : std::string{};
  }
  const auto whole_max = *rules.digits_max - *rules.places;
  return number.whole_digits() > whole_max
             ? digits_text(" digits", whole_max, " before the decimal point")
             : std::string{};
}

} // namespace

json::string above_text(std::string_view most) {
  json::string text{"Ensure this value is less than or equal to "};
  text.append(most).append(".");
  return text;
}

json::string below_text(std::string_view least) {
  json::string text{"Ensure this value is greater than or equal to "};
  text.append(least).append(".");
  return text;
}

json::value read_integer(std::string_view text) {
  if (has_separators(text))
    return nullptr;
  text = trimmed(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (negative || text[0] == '+'))
    text.remove_prefix(1);
  std::uint64_t magnitude = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, magnitude);
  if (read.ptr != end || read.ec == std::errc::invalid_argument)
    return nullptr;
  constexpr auto most =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (read.ec == std::errc::result_out_of_range)
    return negative ? -infinite : infinite;
  if (!negative) {
    if (magnitude > most)
      return magnitude;
    return static_cast<std::int64_t>(magnitude);
  }
  if (magnitude > most + 1)
    return -infinite;
  return static_cast<std::int64_t>(0 - magnitude);
}

validation_result to_canonical_integer(const field_rules& rules,
                                       const json::value& value) {
  json::value number;
  if (value.is_int64() || value.is_uint64()) {
    number = value;
  } else if (const auto* text = value.if_string()) {
    if (count_characters(*text) > number_characters_max)
      return validation_result::error(too_long);
    number = read_integer(without_zero_places(*text));
  } else if (const auto* real = value.if_double()) {
    number = may_be_wide_integer(*real)
                 ? json::value(std::copysign(infinite, *real))
                 : read_integer(without_zero_places(spelled(*real)));
  }
  if (number.is_null())
    return validation_result::error(not_an_integer);
  const auto bounds = bounds_of(rules.width);
  // A bound of the field, where it has one, is nearer than that of the width.
  if (is_less(bounds.most, number))
    return validation_result::error(above_text(rules.most.is_null()
                                                   ? std::to_string(bounds.most)
                                                   : spelled(rules.most)));
  if (is_less(number, bounds.least))
    return validation_result::error(
        below_text(rules.least.is_null() ? std::to_string(bounds.least)
                                         : spelled(rules.least)));
  return validation_result::valid(std::move(number));
}

validation_result to_canonical_float(const field_rules& rules,
                                     const json::value& value) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (const auto* truth = value.if_bool()) {
    number = *truth ? 1 : 0;
  } else if (value.is_number()) {
    number = value.to_number<double>();
  } else if (const auto* text = value.if_string()) {
    if (count_characters(*text) > number_characters_max)
      return validation_result::error(too_long);
    number = read_float(*text);
  }
  if (std::isfinite(number))
    return validation_result::valid(number);
  // Python takes "nan" and "inf" too, which JSON cannot write. An infinite
  // number is beyond a bound, if there is one.
  json::array errors;
  if (!std::isnan(number))
    check_number(rules, number, errors);
  return errors.empty() ? validation_result::error(not_a_number)
                        : validation_result::errors(std::move(errors));
}

validation_result to_canonical_decimal(const field_rules& rules,
                                       const json::value& value) {
  if (!value.is_string() && !value.is_number())
    return validation_result::error(not_a_number);
  const auto spelling = spelled(value);
  const auto text = trimmed(spelling);
  if (count_characters(text) > number_characters_max)
    return validation_result::error(too_long);
  const auto number = decimal::parse(text);
  if (!number)
    return validation_result::error(not_a_number);
  if (const auto error = digits_error(rules, *number); !error.empty())
    return validation_result::error(error);
  // The parser may have made it of an integer whose digits are lost.
  if (const auto* real = value.if_double(); real && may_be_wide_integer(*real))
    return validation_result::error(not_a_number);
  return validation_result::valid(
      json::string((rules.places ? number->with_places(*rules.places) : *number)
                       .to_string()));
}

validation_result to_canonical_boolean(const field_rules& rules,
                                       const json::value& value) {
  static constexpr std::array<std::string_view, 14> truths = {
      "t",    "T",    "y",    "Y",  "yes", "Yes", "YES",
      "true", "True", "TRUE", "on", "On",  "ON",  "1"};
  static constexpr std::array<std::string_view, 14> falsehoods = {
      "f",     "F",     "n",     "N",   "no",  "No",  "NO",
      "false", "False", "FALSE", "off", "Off", "OFF", "0"};
  static constexpr std::array<std::string_view, 4> nulls = {"null", "Null",
                                                            "NULL", ""};
  const auto is_in = [](const auto& words, std::string_view text) {
    return std::find(words.begin(), words.end(), text) != words.end();
  };
  if (value.is_bool())
    return validation_result::valid(value);
  if (value.is_number() && value.to_number<double>() == 1)
    return validation_result::valid(true);
  if (value.is_number() && value.to_number<double>() == 0)
    return validation_result::valid(false);
  if (const auto* text = value.if_string()) {
    if (is_in(truths, *text))
      return validation_result::valid(true);
    if (is_in(falsehoods, *text))
      return validation_result::valid(false);
    if (is_in(nulls, *text) && rules.nullable)
      return validation_result::valid(nullptr);
  }
  return validation_result::error(not_a_boolean);
}

void check_number(const field_rules& rules, const json::value& number,
                  json::array& errors) {
  bool is_above = false;
  bool is_below = false;
  if (const auto* text = number.if_string()) {
    const auto exact = decimal::parse(*text);
    const auto bound = [](const json::value& x) {
      return decimal::parse(spelled(x)).value_or(decimal{});
    };
    is_above = !rules.most.is_null() && exact > bound(rules.most);
    is_below = !rules.least.is_null() && exact < bound(rules.least);
  } else {
    is_above = !rules.most.is_null() && is_less(rules.most, number);
    is_below = !rules.least.is_null() && is_less(number, rules.least);
  }
  if (is_above)
    errors.emplace_back(above_text(spelled(rules.most)));
  if (is_below)
    errors.emplace_back(below_text(spelled(rules.least)));
}

} // namespace stagedoor
