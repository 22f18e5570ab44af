#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of the log. No option changes them.
struct log_limits {
  /// Lines of the log that wait to be written, in the whole process. One more
  /// drops the oldest.
  static constexpr std::size_t lines_max = 8192;
  /// Time that the end of a server waits for its last lines to be written.
  static constexpr std::chrono::milliseconds flush_timeout{500};
  /// Bytes of a name in a line, where a client may have chosen the name. The
  /// rest of a longer one is left out.
  static constexpr std::size_t name_bytes_max = 128;
};

} // namespace stagedoor
