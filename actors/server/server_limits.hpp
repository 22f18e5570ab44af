#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of a server that are no options. The options are in
/// protocol/limits.hpp.
struct server_limits {
  /// Units of a server. A greater number is a mistake, not a machine.
  static constexpr std::size_t threads_max = 1024;
  /// Bytes of the file with the token of operators. The least number of bytes
  /// is `admin_options::token_bytes_min`.
  static constexpr std::size_t admin_token_bytes_max = 4096;
  /// Bytes of a config file.
  static constexpr std::size_t config_file_bytes_max = std::size_t{1} << 20;
  /// File descriptors that the process needs besides those of clients and
  /// operators: for logs, events and the host's own files.
  static constexpr std::size_t descriptors_reserved = 64;
  /// The longest time between a signal and the drain.
  static constexpr std::chrono::milliseconds drain_delay_max =
      std::chrono::hours{1};
  /// The longest time that a unit looks for something to do before it sleeps.
  static constexpr std::chrono::microseconds spin_max{1000};
  /// Time after which the other nodes have heard that a drain has withdrawn the
  /// handlers. A drain is not over before.
  static constexpr std::chrono::milliseconds withdrawal_time{250};
  /// Time that the end of a server waits until the other nodes know that they
  /// may have its keys. They find it out by themselves, but later.
  static constexpr std::chrono::milliseconds farewell_timeout{1000};
  /// How often a server that ends looks whether it may go on.
  static constexpr std::chrono::milliseconds look_interval{10};
  /// Time that what the application runs has to end after the drain. The
  /// process ends without it then.
  static constexpr std::chrono::milliseconds stop_timeout{2000};
  /// Time that an end at once waits for the last lines of the log.
  static constexpr std::chrono::milliseconds last_lines_timeout{100};
};

} // namespace stagedoor
