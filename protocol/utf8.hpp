#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor {

/// Whether `text` is UTF-8, whole.
bool is_utf8(std::string_view text);

/// Returns `text` with U+FFFD in place of the bytes that belong to no
/// character: one for each byte, and one for all bytes of a character that is
/// cut off. The Unicode Standard recommends that, and browsers and Python do
/// it.
std::string mended_utf8(std::string_view text);

/// Checks a text that comes in parts, which may cut its characters.
class utf8_check {
public:
  /// Takes the next part.
  /// @returns false as soon as nothing that follows can make the text UTF-8.
  ///          The check is of no use any more then.
  [[nodiscard]] bool take(std::string_view part);

  /// Whether the text may end here: its last character is complete.
  [[nodiscard]] bool is_whole() const { return missing_ == 0; }

private:
  bool take_byte(unsigned char byte);

  /// How many bytes of the last character have not come yet, and the bounds of
  /// the next one.
  std::uint8_t missing_ = 0;
  std::uint8_t least_ = 0;
  std::uint8_t most_ = 0;
};

} // namespace stagedoor
