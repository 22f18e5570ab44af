#include "stagedoor/protocol/json/lone_surrogates.hpp"

#include <charconv>
#include <optional>

namespace stagedoor {

namespace {

/// The code unit of the escape `\uXXXX` at the front of a text; nothing if
/// there is none.
std::optional<unsigned> code_unit(std::string_view text) {
  if (text.size() < unicode_escape_bytes || !text.starts_with("\\u"))
    return std::nullopt;
  unsigned result = 0;
  const auto* end = text.data() + unicode_escape_bytes;
  const auto read = std::from_chars(text.data() + 2, end, result, 16);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return result;
}

bool is_first_half(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_second_half(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

} // namespace

std::vector<std::size_t> find_lone_surrogates(std::string_view text) {
  constexpr std::string_view marks = "\"\\";
  std::vector<std::size_t> result;
  auto is_in_text = false;
  auto at = text.find_first_of(marks);
  while (at != std::string_view::npos) {
    std::size_t bytes = 1;
    if (text[at] == '"') {
      is_in_text = !is_in_text;
    } else if (const auto unit = code_unit(text.substr(at))) {
      bytes = unicode_escape_bytes;
      const auto next = code_unit(text.substr(at + bytes));
      if (is_first_half(*unit) && next && is_second_half(*next))
        bytes += unicode_escape_bytes;
      else if (is_in_text && (is_first_half(*unit) || is_second_half(*unit)))
        result.push_back(at);
    } else {
      bytes = 2;
    }
    at = text.find_first_of(marks, at + bytes);
  }
  return result;
}

} // namespace stagedoor
