#pragma once

#include <caf/io/basp/header.hpp>
#include <caf/io/basp/version.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace stagedoor::test {

// Kinds of messages in CAF's protocol.
inline constexpr std::uint8_t server_handshake = 0;
inline constexpr std::uint8_t client_handshake = 1;
inline constexpr std::uint8_t direct_message = 2;
inline constexpr std::uint8_t heartbeat = 6;

/// What the header of a message in CAF's protocol says.
struct link_header_values {
  std::uint8_t operation = client_handshake;
  /// The version in a handshake.
  std::uint64_t data = 0;
  /// Bytes that follow.
  std::size_t payload = 0;
  std::uint64_t receiver = 0;
};

/// The version of CAF's protocol that nodes of this build speak.
inline std::uint64_t own_link_version() {
  return caf::io::basp::version;
}

/// The header as bytes.
inline std::string link_header(const link_header_values& values) {
  std::string result;
  const auto append = [&](std::uint64_t number, std::size_t bytes) {
    while (bytes-- > 0)
      result += static_cast<char>(number >> (8 * bytes) & 0xFF);
  };
  append(values.operation, 1);
  append(0, 3);
  append(values.payload, 4);
  append(values.data, 8);
  append(0, 8); // The sender.
  append(values.receiver, 8);
  return result;
}

} // namespace stagedoor::test
