#include "load/frame.hpp"

#include <array>
#include <cstddef>

namespace stagedoor::load {

namespace {

constexpr std::array<std::uint8_t, 4> mask{0x37, 0xFA, 0x21, 0x3D};
constexpr unsigned bits_per_byte = 8;

void append_number(std::string& out, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0)
    out += static_cast<char>(value >> (bytes * bits_per_byte));
}

} // namespace

std::string masked_frame(opcode kind, std::string_view payload) {
  constexpr unsigned final_bit = 0x80;
  constexpr unsigned mask_bit = 0x80;
  constexpr std::size_t short_max = 125;
  constexpr std::size_t medium_max = 0xFFFF;
  std::string result;
  result += static_cast<char>(final_bit | static_cast<unsigned>(kind));
  if (payload.size() <= short_max) {
    append_number(result, mask_bit | payload.size(), 1);
  } else if (payload.size() <= medium_max) {
    append_number(result, mask_bit | 126, 1);
    append_number(result, payload.size(), 2);
  } else {
    append_number(result, mask_bit | 127, 1);
    append_number(result, payload.size(), 8);
  }
  for (auto byte : mask)
    result += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i)
    result += static_cast<char>(static_cast<std::uint8_t>(payload[i])
                                ^ mask[i % mask.size()]);
  return result;
}

} // namespace stagedoor::load
