#pragma once

#include <chrono>
#include <cstdint>

namespace stagedoor {

/// What the kernel knows of a TCP socket. Asked for when a deadline expires, so
/// that no clock is read and nothing is counted per message.
struct kernel_view_of_socket {
  /// Since the last byte of the other side came.
  std::chrono::milliseconds silence = std::chrono::milliseconds::max();
  /// How much the other side has taken, ever growing.
  std::uint64_t bytes_acknowledged = 0;
};

/// @param socket a native handle. If the kernel does not answer, the socket is
///        gone: silent for ever.
kernel_view_of_socket kernel_view(int socket) noexcept;

} // namespace stagedoor
