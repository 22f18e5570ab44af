#include "stagedoor/protocol/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace stagedoor {

namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

using byte_pointer = const unsigned char*;

byte_pointer skip_ascii(byte_pointer next, byte_pointer end) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::uint64_t part = 0;
  while (end - next >= static_cast<std::ptrdiff_t>(sizeof(part))) {
    std::memcpy(&part, next, sizeof(part));
    if ((part & high_bits) != 0)
      break;
    next += sizeof(part);
  }
  while (next != end && *next < 0x80)
    ++next;
  return next;
}

bool continues(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// Skips the letters of most alphabets: characters of two and of three bytes
/// whose first byte allows any others behind it.
byte_pointer skip_letters(byte_pointer next, byte_pointer end) {
  while (end - next >= 3)
    if (next[0] >= 0xC2 && next[0] <= 0xDF && continues(next[1]))
      next += 2;
    else if (next[0] >= 0xE1 && next[0] <= 0xEF && next[0] != 0xED
             && continues(next[1]) && continues(next[2]))
      next += 3;
    else
      break;
  return next;
}

} // namespace

// Table 3-7 of the Unicode Standard: which bytes may begin a character, and
// which may come second.
bool utf8_check::take_byte(unsigned char byte) {
  if (missing_ > 0) {
    if (byte < least_ || byte > most_)
      return false;
    --missing_;
    least_ = 0x80;
    most_ = 0xBF;
    return true;
  }
  if (byte < 0x80)
    return true;
  if (byte < 0xC2 || byte > 0xF4)
    return false;
  missing_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  least_ = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
  most_ = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
  return true;
}

bool utf8_check::take(std::string_view part) {
  auto next = reinterpret_cast<byte_pointer>(part.data());
  const auto end = next + part.size();
  while (true) {
    if (missing_ == 0)
      next = skip_letters(skip_ascii(next, end), end);
    if (next == end)
      return true;
    if (!take_byte(*next++))
      return false;
  }
}

bool is_utf8(std::string_view text) {
  utf8_check check;
  return check.take(text) && check.is_whole();
}

std::string mended_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    utf8_check check;
    std::size_t bytes = 0;
    auto is_good = true;
    do
      is_good = check.take(text.substr(bytes++, 1));
    while (is_good && !check.is_whole() && bytes < text.size());
    if (is_good && check.is_whole()) {
      result += text.substr(0, bytes);
    } else {
      result += replacement_character;
      // A byte that does not fit may begin the next character.
      if (!is_good && bytes > 1)
        --bytes;
    }
    text.remove_prefix(bytes);
  }
  return result;
}

} // namespace stagedoor
