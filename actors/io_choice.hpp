#pragma once

namespace stagedoor {

/// By which interface of Linux the units of a server wait for their sockets,
/// read from them and write to them.
enum class io_choice {
  /// `uring` where the system has it for this process, and `epoll` elsewhere.
  automatic,
  /// epoll, which every machine has.
  epoll,
  /// io_uring, which needs Linux 6.1, and which many containers forbid.
  uring,
};

} // namespace stagedoor
