#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor::load {

/// Opcodes of RFC 6455, section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

/// A whole frame of a client, masked with a fixed key that is not zero: a
/// server has all the work of unmasking.
std::string masked_frame(opcode kind, std::string_view payload);

} // namespace stagedoor::load
