#pragma once

#include "stagedoor/actors/connections/message_rate.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace stagedoor {

/// The conduct of one client. It tells which messages come too fast, and when a
/// client that sends nothing else than refused messages must go.
/// Limits: `message_rate_max`, `message_burst_max`, `malformed_in_row_max`,
/// `throttled_in_row_max`.
class conduct {
public:
  using clock = message_rate::clock;

  /// @param bounds must outlive the conduct.
  conduct(const limits& bounds, clock::time_point now)
      : bounds_(bounds),
        rate_(bounds.message_rate_max, bounds.message_burst_max, now) {}

  /// Counts a message that arrives.
  /// @returns zero, or in how many whole seconds the client may send again; the
  ///          message is refused then.
  std::chrono::seconds arrived(clock::time_point now) {
    return rate_.take(now);
  }

  /// Forgives the client its refused messages, because a good one came.
  void forgive() { malformed_in_row_ = throttled_in_row_ = 0; }

  /// Counts a message that was refused with this error.
  /// @returns why the connection closes, a literal; empty if it stays open.
  [[nodiscard]] std::string_view refused(errc error);

private:
  const limits& bounds_;
  message_rate rate_;
  std::size_t malformed_in_row_ = 0;
  std::size_t throttled_in_row_ = 0;
};

} // namespace stagedoor
