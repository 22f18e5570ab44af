#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of the log that nobody waits for. No option changes them.
struct log_limits {
  /// Lines of the log that wait to be written, in the whole process. One more
  /// drops the oldest.
  static constexpr std::size_t lines_max = 8192;
  /// Time that the end of a server waits for its last lines to be written.
  static constexpr std::chrono::milliseconds flush_timeout{500};
};

} // namespace stagedoor
