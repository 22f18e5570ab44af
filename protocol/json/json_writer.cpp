#include "stagedoor/protocol/json/json_writer.hpp"

#include "stagedoor/protocol/json/text_block.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace stagedoor {

namespace {

/// What follows the backslash: a letter, `u` for `u00..`, 0 for no escape.
constexpr auto escape_letters = [] {
  std::array<char, 256> result{};
  std::fill_n(result.begin(), 0x20, 'u');
  result['\b'] = 'b';
  result['\f'] = 'f';
  result['\n'] = 'n';
  result['\r'] = 'r';
  result['\t'] = 't';
  result['"'] = '"';
  result['\\'] = '\\';
  return result;
}();

/// `\u001f`.
constexpr std::size_t escape_bytes = 6;

/// A text is written in slices that fit even if all of it is escaped.
constexpr std::size_t slice_bytes = 64;

/// Whether any byte of a text is what `find_special` finds. Reads up to the end
/// of the last block.
template <class Block>
bool any_is_special(const char* text, std::size_t size) {
  text_block found{};
  for (std::size_t i = 0; i < size; i += sizeof(Block))
    found |= find_special<Block>(text + i);
  std::uint64_t halves[2];
  std::memcpy(halves, &found, sizeof(found));
  return (halves[0] | halves[1]) != 0;
}

char* write_escape(char* to, char c, char letter) {
  static constexpr char hex[] = "0123456789abcdef";
  *to++ = '\\';
  *to++ = letter;
  if (letter == 'u') {
    *to++ = '0';
    *to++ = '0';
    *to++ = hex[static_cast<unsigned char>(c) >> 4];
    *to++ = hex[static_cast<unsigned char>(c) & 0xF];
  }
  return to;
}

/// What a slice may take: escapes, or itself and a block behind it; two quotes.
constexpr std::size_t room_for(std::size_t slice) {
  return slice * escape_bytes + sizeof(text_block) + 2;
}

char* write_escaped(char* to, std::string_view slice) {
  for (const char c : slice) {
    const char letter = escape_letters[static_cast<unsigned char>(c)];
    if (letter == 0)
      *to++ = c;
    else
      to = write_escape(to, c, letter);
  }
  return to;
}

/// Copies a slice of a text to where it is written, without quotes.
inline void copy_slice(char* to, std::string_view slice) {
  std::memcpy(to, slice.data(), slice.size());
  // What is behind the slice must not look like something to escape.
  std::memset(to + slice.size(), 'x', sizeof(text_block));
}

char* write_fill(char* to, int count, char c) {
  return std::fill_n(to, count, c);
}

/// The layout of ECMA-262, Number::toString, of a positive number: positional
/// for exponents from -6 to 20, else scientific with the sign of the exponent
/// always there.
char* write_positive(char* to, double number) {
  // The shortest digits that read back the same: d[.ddd]e±dd[d].
  char text[32];
  const auto result = std::to_chars(text, text + sizeof(text), number,
                                    std::chars_format::scientific);
  char* const mark = std::find(text, result.ptr, 'e');
  int exponent = 0;
  std::from_chars(mark + (mark[1] == '+' ? 2 : 1), result.ptr, exponent);
  char digits[32];
  digits[0] = text[0];
  char* const digits_end =
      mark - text > 2 ? std::copy(text + 2, mark, digits + 1) : digits + 1;
  const auto count = static_cast<int>(digits_end - digits);
  if (exponent >= count - 1 && exponent < 21) {
    to = std::copy(digits, digits_end, to);
    return write_fill(to, exponent - count + 1, '0');
  }
  if (exponent >= 0 && exponent < 21) {
    to = std::copy_n(digits, exponent + 1, to);
    *to++ = '.';
    return std::copy(digits + exponent + 1, digits_end, to);
  }
  if (exponent < 0 && exponent >= -6) {
    *to++ = '0';
    *to++ = '.';
    to = write_fill(to, -exponent - 1, '0');
    return std::copy(digits, digits_end, to);
  }
  *to++ = digits[0];
  if (count > 1) {
    *to++ = '.';
    to = std::copy(digits + 1, digits_end, to);
  }
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  return std::to_chars(to, to + 4, std::abs(exponent)).ptr;
}

} // namespace

void json_writer::flush() {
  const std::string_view written{buffer_,
                                 static_cast<std::size_t>(at_ - buffer_)};
  // A new text costs less than one that has to grow.
  if (out_.empty() && out_.capacity() < written.size())
    out_ = std::string{written};
  else
    out_.append(written);
  at_ = buffer_;
}

void json_writer::raw(std::string_view json) {
  if (json.size() > buffer_bytes) {
    flush();
    out_.append(json);
    return;
  }
  std::memcpy(room(json.size()), json.data(), json.size());
  at_ += json.size();
}

void json_writer::text(std::string_view text) {
  static_assert(room_for(slice_bytes) <= buffer_bytes);
  if (text.size() <= slice_bytes) {
    auto* to = room(room_for(text.size()));
    *to++ = '"';
    copy_slice(to, text);
    if (!any_is_special<ascii_block>(to, text.size())) [[likely]] {
      to += text.size();
      *to = '"';
      at_ = to + 1;
      return;
    }
  }
  any_text(text);
}

/// Writes a text that is long, or that is not plain ASCII.
void json_writer::any_text(std::string_view text) {
  std::string mended;
  auto is_checked = false;
  raw("\"");
  while (!text.empty()) {
    auto slice = text.substr(0, slice_bytes);
    auto* to = room(room_for(slice_bytes));
    copy_slice(to, slice);
    auto is_plain = !any_is_special<ascii_block>(to, slice.size());
    if (!is_plain && !std::exchange(is_checked, true) && !is_utf8(text)) {
      // All before this slice was ASCII, so no character is cut.
      is_exact_ = false;
      mended = mended_utf8(text);
      text = mended;
      continue;
    }
    if (is_plain || !any_is_special<text_block>(to, slice.size()))
      at_ = to + slice.size();
    else
      at_ = write_escaped(to, slice);
    text.remove_prefix(slice.size());
  }
  raw("\"");
}

void json_writer::integer(std::int64_t number) {
  constexpr std::size_t bytes = 20;
  auto* to = room(bytes);
  at_ = std::to_chars(to, to + bytes, number).ptr;
}

void json_writer::integer(std::uint64_t number) {
  constexpr std::size_t bytes = 20;
  auto* to = room(bytes);
  at_ = std::to_chars(to, to + bytes, number).ptr;
}

void json_writer::number(double number) {
  if (!std::isfinite(number)) {
    is_exact_ = false;
    raw("null");
  } else if (number == 0) {
    raw("0");
  } else {
    auto* to = room(64);
    if (number < 0)
      *to++ = '-';
    at_ = write_positive(to, std::abs(number));
  }
}

void json_writer::array(const json::array& items) {
  raw("[");
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first)
      raw(",");
    is_first = false;
    value(item);
  }
  raw("]");
}

void json_writer::object(const json::object& members) {
  raw("{");
  bool is_first = true;
  for (const auto& member : members) {
    if (!is_first)
      raw(",");
    is_first = false;
    text(member.key());
    raw(":");
    value(member.value());
  }
  raw("}");
}

void json_writer::value(const json::value& value) {
  switch (value.kind()) {
  case json::kind::null:
    raw("null");
    break;
  case json::kind::bool_:
    boolean(value.get_bool());
    break;
  case json::kind::int64:
    integer(value.get_int64());
    break;
  case json::kind::uint64:
    integer(value.get_uint64());
    break;
  case json::kind::double_:
    number(value.get_double());
    break;
  case json::kind::string:
    text(value.get_string());
    break;
  case json::kind::array:
    array(value.get_array());
    break;
  case json::kind::object:
    object(value.get_object());
    break;
  }
}

} // namespace stagedoor
