#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// Decodes base64url as RFC 7515 has it, strictly: no padding, no characters
/// outside the alphabet, no bits left over. So each byte string has exactly one
/// spelling.
/// @returns nothing for any other text.
std::optional<std::string> decode_base64url(std::string_view text);

/// Encodes bytes so, without padding.
std::string encode_base64url(std::string_view bytes);

} // namespace stagedoor
