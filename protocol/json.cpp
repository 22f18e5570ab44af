#include "stagedoor/protocol/json.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

namespace stagedoor {

namespace {

/// Builds the value bottom-up from the events of the parser. The text always
/// comes in one piece, so that a number is never split: `on_number_part` is
/// called only where the text ends inside of one, and then the parse fails.
class value_handler {
public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  value_handler() { stack_.reset(); }

  json::value release() { return stack_.release(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }

  bool on_object_end(std::size_t size, json::error_code&) {
    stack_.push_object(size);
    return true;
  }

  bool on_array_end(std::size_t size, json::error_code&) {
    stack_.push_array(size);
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_key(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_key(last);
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }

  bool on_string(json::string_view last, std::size_t, json::error_code&) {
    stack_.push_string(last);
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    stack_.push_int64(number);
    return true;
  }

  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    stack_.push_uint64(number);
    return true;
  }

  /// The parser's own double can be off by a few units in the last place, and
  /// infinite. It is good enough for one thing: from_chars says "out of range"
  /// for what is too large and for what is too small alike.
  bool on_double(double estimate, json::string_view text,
                 json::error_code& error) {
    double exact = 0;
    const auto result =
        std::from_chars(text.data(), text.data() + text.size(), exact);
    if (result.ec != std::errc{}) {
      if (std::abs(estimate) > 1) {
        error = json::error::exponent_overflow;
        return false;
      }
      exact = 0;
    }
    stack_.push_double(exact);
    return true;
  }

  bool on_bool(bool truth, json::error_code&) {
    stack_.push_bool(truth);
    return true;
  }

  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

private:
  json::value_stack stack_;
};

template <class Integer>
void append_integer(std::string& out, Integer number) {
  char text[20];
  const auto result = std::to_chars(text, text + sizeof(text), number);
  out.append(text, result.ptr);
}

/// The layout of ECMA-262, Number::toString: positional for exponents from -6
/// to 20, else scientific with the sign of the exponent always there.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  if (number == 0) {
    out += '0';
    return;
  }
  if (number < 0)
    out += '-';
  // The shortest digits that read back the same: d[.ddd]e±dd[d].
  char text[32];
  const auto result = std::to_chars(text, text + sizeof(text), std::abs(number),
                                    std::chars_format::scientific);
  const std::string_view shortest(text, result.ptr);
  const auto mark = shortest.find('e');
  const auto* digits_of_exponent =
      text + mark + (shortest[mark + 1] == '+' ? 2 : 1);
  int exponent = 0;
  std::from_chars(digits_of_exponent, result.ptr, exponent);
  std::string digits(1, shortest[0]);
  if (mark > 2)
    digits += shortest.substr(2, mark - 2);
  const auto count = static_cast<int>(digits.size());
  if (exponent >= count - 1 && exponent < 21) {
    out += digits;
    const int zeros = exponent - count + 1;
    out.append(static_cast<std::size_t>(zeros), '0');
  } else if (exponent >= 0 && exponent < 21) {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    out.append(digits, 0, whole).append(1, '.').append(digits, whole);
  } else if (exponent < 0 && exponent >= -6) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    out += digits[0];
    if (count > 1)
      out.append(1, '.').append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    append_integer(out, std::abs(exponent));
  }
}

void append_escape(std::string& out, char c) {
  static constexpr char hex[] = "0123456789abcdef";
  switch (c) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\b':
    out += "\\b";
    break;
  case '\f':
    out += "\\f";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\r':
    out += "\\r";
    break;
  case '\t':
    out += "\\t";
    break;
  default:
    out += "\\u00";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 0xF];
  }
}

} // namespace

caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max) {
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<value_handler> parser(options);
  json::error_code error;
  const auto size = parser.write_some(false, text.data(), text.size(), error);
  if (error)
    return make_error(errc::malformed_message, error.message());
  if (size < text.size())
    return make_error(errc::malformed_message, "text behind the JSON value");
  return parser.handler().release();
}

void append_json(std::string& out, std::string_view text) {
  out += '"';
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, written, i - written);
    append_escape(out, c);
    written = i + 1;
  }
  out.append(text, written);
  out += '"';
}

void append_json(std::string& out, const json::value& value) {
  switch (value.kind()) {
  case json::kind::null:
    out += "null";
    break;
  case json::kind::bool_:
    out += value.get_bool() ? "true" : "false";
    break;
  case json::kind::int64:
    append_integer(out, value.get_int64());
    break;
  case json::kind::uint64:
    append_integer(out, value.get_uint64());
    break;
  case json::kind::double_:
    append_double(out, value.get_double());
    break;
  case json::kind::string:
    append_json(out, std::string_view(value.get_string()));
    break;
  case json::kind::array: {
    out += '[';
    const char* separator = "";
    for (const auto& item : value.get_array()) {
      out += std::exchange(separator, ",");
      append_json(out, item);
    }
    out += ']';
    break;
  }
  case json::kind::object: {
    out += '{';
    const char* separator = "";
    for (const auto& [key, item] : value.get_object()) {
      out += std::exchange(separator, ",");
      append_json(out, std::string_view(key));
      out += ':';
      append_json(out, item);
    }
    out += '}';
    break;
  }
  }
}

std::string to_json(const json::value& value) {
  std::string result;
  append_json(result, value);
  return result;
}

} // namespace stagedoor
