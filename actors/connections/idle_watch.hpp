#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"

#include <functional>
#include <utility>

namespace stagedoor {

/// Watches an open connection for a client that has gone silent. A client that
/// answers is pinged in each interval, and one that does not is pinged once
/// before it is given up. While the connection does not read, silence says
/// nothing, so the clock rests.
/// Limits: `ping_interval`, `idle_timeout`.
class idle_watch {
public:
  /// @param on_expiry the callback of the deadline; `is_idle` is due then.
  idle_watch(const connection_core& core, std::function<void()> on_expiry)
      : core_(core), deadline_(std::move(on_expiry)) {}

  void start();
  void stop() { deadline_.disarm(); }

  /// The connection begins to read a message.
  void reading_begins() {
    is_reading_ = true;
    reading_since_ = core_.home().now();
  }

  /// The message has come.
  void reading_ends() { is_reading_ = false; }

  [[nodiscard]] bool is_reading() const { return is_reading_; }

  /// Whether the client has been silent for `idle_timeout`. If it has not, a
  /// ping may be sent, and the deadline is armed again.
  [[nodiscard]] bool is_idle();

private:
  const connection_core& core_;
  deadline deadline_;
  bool is_reading_ = false;
  unit::clock::time_point reading_since_;
  unit::clock::time_point pinged_at_;
};

} // namespace stagedoor
