#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The bytes of an escape such as `\ud83d`.
inline constexpr std::size_t unicode_escape_bytes = 6;

/// Finds the halves of surrogate pairs that stand alone in the escapes of a
/// JSON text, such as `"\ud83d"`. JavaScript writes them where it has cut a
/// character that takes two of its code units. Outside of quotes there are no
/// escapes, so nothing is found there.
/// @returns where their escapes begin, in order.
std::vector<std::size_t> find_lone_surrogates(std::string_view text);

} // namespace stagedoor
