#pragma once

#include <chrono>

namespace stagedoor {

/// The limits of sockets that are no options. The options are in
/// protocol/limits.hpp.
struct socket_limits {
  /// Time until an actor that could not accept a client tries again. What
  /// lacks is mostly file descriptors, and they come back when connections
  /// end.
  static constexpr std::chrono::milliseconds accept_retry_delay{100};
};

} // namespace stagedoor
