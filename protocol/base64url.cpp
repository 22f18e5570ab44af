#include "stagedoor/protocol/base64url.hpp"

#include <cstdint>

namespace stagedoor {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_";

/// The six bits that a character stands for, or -1.
int bits_of(char digit) {
  if (digit >= 'A' && digit <= 'Z')
    return digit - 'A';
  if (digit >= 'a' && digit <= 'z')
    return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9')
    return digit - '0' + 52;
  if (digit == '-')
    return 62;
  return digit == '_' ? 63 : -1;
}

} // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string result;
  result.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t buffer = 0;
  int count = 0;
  for (const char digit : text) {
    const int bits = bits_of(digit);
    if (bits < 0)
      return std::nullopt;
    buffer = buffer << 6 | static_cast<std::uint32_t>(bits);
    count += 6;
    if (count >= 8) {
      count -= 8;
      result.push_back(static_cast<char>(buffer >> count & 0xFF));
    }
  }
  // Six bits are less than a byte; two or four must be zero.
  const auto rest = buffer & ((std::uint32_t{1} << count) - 1);
  if (count == 6 || rest != 0)
    return std::nullopt;
  return result;
}

std::string encode_base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  int count = 0;
  for (const char byte : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6)
      result.push_back(alphabet[buffer >> (count - 6) & 63]);
  }
  if (count > 0)
    result.push_back(alphabet[buffer << (6 - count) & 63]);
  return result;
}

} // namespace stagedoor
