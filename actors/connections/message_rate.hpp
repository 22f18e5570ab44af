#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace stagedoor {

/// A token bucket: `rate` messages per second, `burst` of them at once.
class message_rate {
public:
  using clock = std::chrono::steady_clock;

  /// @param rate 0 means unlimited.
  /// @param burst 0 is the rate.
  message_rate(std::size_t rate, std::size_t burst, clock::time_point now)
      : rate_(static_cast<double>(rate)),
        burst_(static_cast<double>(burst == 0 ? rate : burst)), tokens_(burst_),
        filled_(now) {}

  /// Takes one message's token.
  /// @returns zero, or in how many whole seconds there will be one.
  std::chrono::seconds take(clock::time_point now) {
    if (rate_ == 0)
      return std::chrono::seconds{0};
    using seconds = std::chrono::duration<double>;
    tokens_ =
        std::min(burst_, tokens_ + rate_ * seconds{now - filled_}.count());
    filled_ = now;
    if (tokens_ >= 1) {
      tokens_ -= 1;
      return std::chrono::seconds{0};
    }
    return std::chrono::ceil<std::chrono::seconds>(
        seconds{(1 - tokens_) / rate_});
  }

private:
  double rate_;
  double burst_;
  double tokens_;
  clock::time_point filled_;
};

} // namespace stagedoor
