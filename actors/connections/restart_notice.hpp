#pragma once

#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <cstdint>
#include <string>

namespace stagedoor {

/// What a draining server tells one client: when to come back. The time is
/// random, so that clients come back spread over the window and not all at
/// once.
class restart_notice {
public:
  /// @param window at most a day, see `reconnect_window`.
  explicit restart_notice(limits::duration window);

  /// The event that is sent when the drain begins, for clients whose library
  /// does not show how a connection was closed.
  [[nodiscard]] event announcement() const;

  /// The reason of the close.
  [[nodiscard]] std::string reason() const;

private:
  std::uint32_t reconnect_after_ms_;
};

} // namespace stagedoor
