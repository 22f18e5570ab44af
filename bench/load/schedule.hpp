#pragma once

#include <chrono>
#include <cstdint>

namespace stagedoor::load {

/// When messages are due at a fixed rate. A message that could not be sent in
/// time is still due when it was: what holds it up is part of its latency.
class schedule {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param first when the first one is due.
  /// @param per_second above 0.
  schedule(time_point first, double per_second)
      : first_(first), interval_ns_(ns_per_second / per_second) {}

  /// When the next one is due. From its number, so that nothing adds up.
  [[nodiscard]] time_point next() const {
    auto after = interval_ns_ * static_cast<double>(taken_);
    return first_ + std::chrono::nanoseconds{static_cast<std::int64_t>(after)};
  }

  [[nodiscard]] bool due(time_point now) const { return next() <= now; }

  /// Takes the next one.
  /// @returns when it was due.
  time_point take() {
    auto result = next();
    ++taken_;
    return result;
  }

private:
  static constexpr double ns_per_second = 1e9;

  time_point first_;
  double interval_ns_;
  std::uint64_t taken_ = 0;
};

} // namespace stagedoor::load
