#include "stagedoor/protocol/argument.hpp"

#include "stagedoor/protocol/json/spelling.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace stagedoor {

namespace {

constexpr const char* not_an_integer = "A valid integer is required.";
constexpr const char* not_a_number = "A valid number is required.";
constexpr const char* not_a_string = "Not a valid string.";
constexpr const char* not_a_boolean = "Must be a valid boolean.";

/// Captures of a route are strings, so every scalar can be spelled as one.
std::string_view trim(std::string_view text) {
  constexpr std::string_view whitespace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(whitespace);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(whitespace) - first + 1);
}

/// An integer of either 64-bit type, so that the range is checked in one place.
struct spelled_integer {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

std::optional<spelled_integer> spell_integer(std::string_view text) {
  spelled_integer result;
  text = trim(text);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    result.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  // Unsigned: from_chars takes no second sign.
  const auto* last = text.data() + text.size();
  const auto [end, error] =
      std::from_chars(text.data(), last, result.magnitude);
  if (error != std::errc{} || end != last)
    return std::nullopt;
  return result;
}

std::optional<double> spell_number(std::string_view text) {
  text = trim(text);
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-')
      return std::nullopt;
  }
  double result = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, result);
  if (end != last)
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too large or too small? The codec can tell.
    const auto parsed = parse_json(text, 1);
    if (!parsed)
      return std::nullopt;
    return parsed->to_number<double>();
  }
  if (error != std::errc{} || !std::isfinite(result))
    return std::nullopt;
  return result;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  const auto equal = [](char c, char lower) {
    return c == lower || (c >= 'A' && c <= 'Z' && c + ('a' - 'A') == lower);
  };
  return std::equal(text.begin(), text.end(), lower_case.begin(),
                    lower_case.end(), equal);
}

std::optional<bool> spell_boolean(std::string_view text) {
  static constexpr std::array<std::string_view, 6> truths = {
      "true", "t", "yes", "y", "on", "1"};
  static constexpr std::array<std::string_view, 6> falsehoods = {
      "false", "f", "no", "n", "off", "0"};
  const auto matches = [text](std::string_view word) {
    return equal_ignoring_case(text, word);
  };
  if (std::any_of(truths.begin(), truths.end(), matches))
    return true;
  if (std::any_of(falsehoods.begin(), falsehoods.end(), matches))
    return false;
  return std::nullopt;
}

std::string wrong_collection(const char* expected, const json::value& value) {
  std::string text = "Expected a ";
  text += expected;
  text += " of items but got type \"";
  text += type_name(value);
  text += "\".";
  return text;
}

} // namespace

std::string convert_argument(const json::value& value, std::int64_t& out) {
  if (const auto* number = value.if_int64()) {
    out = *number;
    return {};
  }
  const auto* text = value.if_string();
  const auto spelled = text ? spell_integer(*text) : std::nullopt;
  // There is one more negative number than there are positive ones.
  constexpr auto most =
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!spelled || spelled->magnitude > most + (spelled->negative ? 1 : 0))
    return not_an_integer;
  out = static_cast<std::int64_t>(spelled->negative ? 0 - spelled->magnitude
                                                    : spelled->magnitude);
  return {};
}

std::string convert_argument(const json::value& value, std::uint64_t& out) {
  if (const auto* number = value.if_uint64()) {
    out = *number;
    return {};
  }
  if (const auto* number = value.if_int64(); number && *number >= 0) {
    out = static_cast<std::uint64_t>(*number);
    return {};
  }
  const auto* text = value.if_string();
  const auto spelled = text ? spell_integer(*text) : std::nullopt;
  if (!spelled || (spelled->negative && spelled->magnitude != 0))
    return not_an_integer;
  out = spelled->magnitude;
  return {};
}

std::string convert_argument(const json::value& value, double& out) {
  if (value.is_number()) {
    out = value.to_number<double>();
    return {};
  }
  const auto* text = value.if_string();
  const auto spelled = text ? spell_number(*text) : std::nullopt;
  if (!spelled)
    return not_a_number;
  out = *spelled;
  return {};
}

std::string convert_argument(const json::value& value, bool& out) {
  std::optional<bool> truth;
  if (const auto* text = value.if_string())
    truth = spell_boolean(*text);
  else if (const auto* flag = value.if_bool())
    truth = *flag;
  else if (const auto* number = value.if_int64(); number && *number == 1)
    truth = true;
  else if (number && *number == 0)
    truth = false;
  if (!truth)
    return not_a_boolean;
  out = *truth;
  return {};
}

std::string convert_argument(const json::value& value, std::string& out) {
  if (const auto* text = value.if_string())
    out = *text;
  else if (value.is_number())
    out = to_json(value);
  else
    return not_a_string;
  return {};
}

std::string convert_argument(const json::value& value, json::array& out) {
  const auto* array = value.if_array();
  if (!array)
    return wrong_collection("list", value);
  out = *array;
  return {};
}

std::string convert_argument(const json::value& value, json::object& out) {
  const auto* object = value.if_object();
  if (!object)
    return wrong_collection("dictionary", value);
  out = *object;
  return {};
}

std::string convert_argument(const json::value& value, json::value& out) {
  out = value;
  return {};
}

json::value query_value(const fields& query, std::string_view name,
                        bool is_list) {
  json::array values;
  for (const auto& [key, value] : query)
    if (key == name)
      values.emplace_back(value);
  if (values.size() == 1 && !is_list)
    return std::move(values.front());
  return values;
}

} // namespace stagedoor
