#pragma once

#include "stagedoor/actors/units/descriptor.hpp"

#include <string>

namespace stagedoor {

/// A connected TCP socket, which sends small writes at once. What comes and
/// goes through it is the matter of the loop that watches it.
class tcp_socket {
public:
  explicit tcp_socket(descriptor connected);

  /// What a loop watches; less than 0 if it is closed.
  [[nodiscard]] int handle() const { return descriptor_.number(); }

  /// The address and the port of the other side, as in `127.0.0.1:1234` and
  /// `[::1]:1234`; empty if it has gone already.
  [[nodiscard]] std::string peer() const;

  /// Tells the other side that nothing more comes.
  void shutdown_send();

  void close() { descriptor_.close(); }

private:
  descriptor descriptor_;
};

} // namespace stagedoor
