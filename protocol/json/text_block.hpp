#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stagedoor {

// Looks at sixteen bytes of a text at once. GCC and Clang know such types on
// every processor. A byte of what they find is not 0 where it has found
// something.

using text_block = unsigned char __attribute__((vector_size(16)));

/// Bytes that are not ASCII are less than a blank here.
using ascii_block = signed char __attribute__((vector_size(16)));

/// Finds what a JSON text has to escape: control characters, quotes and
/// backslashes; and what is not ASCII, if the block is of that kind. Reads a
/// whole block.
template <class Block>
text_block find_special(const char* text) {
  Block bytes;
  std::memcpy(&bytes, text, sizeof(bytes));
  return reinterpret_cast<text_block>((bytes < 0x20) | (bytes == '"')
                                      | (bytes == '\\'));
}

/// The index of the first byte that was found, or the size of a block.
inline std::size_t first_of(text_block found) {
  const auto zeros = [](std::uint64_t half) {
    const auto bits = std::endian::native == std::endian::little
                          ? std::countr_zero(half)
                          : std::countl_zero(half);
    return static_cast<std::size_t>(bits) / 8;
  };
  std::uint64_t halves[2];
  std::memcpy(halves, &found, sizeof(found));
  return halves[0] != 0 ? zeros(halves[0])
                        : sizeof(halves[0]) + zeros(halves[1]);
}

} // namespace stagedoor
