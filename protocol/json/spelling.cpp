#include "stagedoor/protocol/json/spelling.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace stagedoor {

namespace {

/// The first code point of `text`, which has to be UTF-8, and its bytes.
struct code_point {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
};

code_point first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto lead = byte(0);
  std::size_t bytes = 1;
  if (lead >= 0xF0)
    bytes = 4;
  else if (lead >= 0xE0)
    bytes = 3;
  else if (lead >= 0xC0)
    bytes = 2;
  if (bytes == 1 || bytes > text.size())
    return {lead, 1};
  auto value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    value = value << 6U | (byte(i) & 0x3FU);
  return {value, bytes};
}

bool is_space(std::uint32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85
         || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A)
         || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
         || c == 0x3000;
}

/// Whether Python writes this character as it is, and not as an escape.
bool is_printable(std::string_view character) {
  static const RE2 printable{R"([ \p{L}\p{M}\p{N}\p{P}\p{S}])"};
  return RE2::FullMatch({character.data(), character.size()}, printable);
}

void append_escape(std::string& out, std::uint32_t c) {
  std::array<char, 12> escape{};
  const char* format = "\\x%02x";
  if (c > 0xFFFF)
    format = "\\U%08x";
  else if (c > 0xFF)
    format = "\\u%04x";
  std::snprintf(escape.data(), escape.size(), format, c);
  out += escape.data();
}

/// Appends a string inside of a list or dictionary: with quotes and escapes.
void append_quoted(std::string& out, std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  out += quote;
  while (!text.empty()) {
    const auto [c, bytes] = first_code_point(text);
    const auto character = text.substr(0, bytes);
    text.remove_prefix(bytes);
    if (c == static_cast<unsigned char>(quote) || c == '\\')
      (out += '\\') += static_cast<char>(c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c >= 0x7F ? is_printable(character) : c >= 0x20)
      out += character;
    else
      append_escape(out, c);
  }
  out += quote;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allows.
void append_nested(std::string& out, const json::value& value) {
  if (const auto* text = value.if_string()) {
    append_quoted(out, *text);
  } else if (const auto* items = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < items->size(); ++i) {
      out += i == 0 ? "" : ", ";
      append_nested(out, (*items)[i]);
    }
    out += ']';
  } else if (const auto* members = value.if_object()) {
    out += '{';
    for (const auto& member : *members) {
      out += &member == members->begin() ? "" : ", ";
      append_quoted(out, member.key());
      out += ": ";
      append_nested(out, member.value());
    }
    out += '}';
  } else {
    out += spelled(value);
  }
}

} // namespace

std::string_view type_name(const json::value& value) {
  switch (value.kind()) {
  case json::kind::null:
    break;
  case json::kind::bool_:
    return "bool";
  case json::kind::int64:
  case json::kind::uint64:
    return "int";
  case json::kind::double_:
    return "float";
  case json::kind::string:
    return "str";
  case json::kind::array:
    return "list";
  case json::kind::object:
    return "dict";
  }
  return "NoneType";
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the parser allows.
std::string spelled(const json::value& value) {
  if (const auto* text = value.if_string())
    return std::string(*text);
  if (const auto* truth = value.if_bool())
    return *truth ? "True" : "False";
  if (const auto* number = value.if_int64())
    return std::to_string(*number);
  if (const auto* number = value.if_uint64())
    return std::to_string(*number);
  if (const auto* number = value.if_double())
    return spelled(*number);
  if (value.is_null())
    return "None";
  std::string result;
  append_nested(result, value);
  return result;
}

std::string spelled(double number) {
  // More than the digits of every double in either form.
  std::array<char, 32> digits{};
  const auto written =
      std::to_chars(digits.data(), digits.data() + digits.size(), number,
                    std::chars_format::scientific);
  std::string text(digits.data(), written.ptr);
  const auto e = text.find('e');
  if (e == std::string::npos)
    return text; // Not finite.
  const int exponent = std::atoi(text.c_str() + e + 1);
  if (exponent < -4 || exponent >= 16)
    return text;
  const auto fixed = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   number, std::chars_format::fixed);
  text.assign(digits.data(), fixed.ptr);
  if (text.find('.') == std::string::npos)
    text += ".0";
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    const auto [c, bytes] = first_code_point(text);
    if (!is_space(c))
      break;
    text.remove_prefix(bytes);
  }
  while (!text.empty()) {
    auto begin = text.size() - 1;
    while (begin > 0
           && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80)
      --begin;
    if (!is_space(first_code_point(text.substr(begin)).value))
      break;
    text.remove_suffix(text.size() - begin);
  }
  return text;
}

std::size_t count_characters(std::string_view text) {
  const auto continues = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80;
  };
  return text.size()
         - static_cast<std::size_t>(
             std::count_if(text.begin(), text.end(), continues));
}

} // namespace stagedoor
