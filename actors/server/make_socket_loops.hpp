#pragma once

#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/actors/units/socket_loop.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor {

/// The loops of the units of a server, which all are of one kind.
struct socket_loops {
  /// None if io_uring is not available but nothing else is wanted.
  std::vector<std::unique_ptr<socket_loop>> loops;
  /// Whether they are on io_uring, or else on epoll.
  bool are_uring = false;
  /// Why io_uring is not available, if it was wanted; else empty.
  std::string fault;

  /// What they are on, and why not on io_uring, as the log says it.
  [[nodiscard]] std::string text() const;
};

/// Makes the loops of so many units. Before it takes io_uring, it tries
/// everything that a loop asks of it.
/// Throws `std::system_error` if the process lacks descriptors or memory for
/// epoll.
socket_loops make_socket_loops(io_choice choice, std::size_t count);

} // namespace stagedoor
