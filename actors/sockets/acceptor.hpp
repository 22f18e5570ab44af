#pragma once

#include "stagedoor/actors/messages.hpp"

#include <cstddef>
#include <functional>

namespace stagedoor {

/// The listening socket.
class acceptor {
public:
  using sink = std::function<void(socket_accepted)>;
  using failure_sink = std::function<void(accept_failed)>;

  virtual ~acceptor() = default;

  /// Accepts one socket, for the unit of that index.
  virtual void accept(std::size_t unit_index, sink accepted,
                      failure_sink failed) = 0;

  /// Stops listening.
  virtual void close() = 0;
};

} // namespace stagedoor
