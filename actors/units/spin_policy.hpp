#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace stagedoor {

/// Decides whether a unit looks for something to do for a while, or sleeps at
/// once. To look is worth its time only if something comes soon: so it does
/// while waits are short, and less and less often when it has looked in vain.
/// An idle unit always sleeps.
/// Thread rule: belongs to its unit.
class spin_policy {
public:
  using duration = std::chrono::steady_clock::duration;

  /// @param longest the time to look; 0 never to look.
  explicit spin_policy(duration longest) : longest_(longest) {}

  [[nodiscard]] bool is_on() const { return longest_ > duration{0}; }

  /// How long to look before the next sleep; 0 to sleep at once.
  duration next() {
    if (!is_soon_)
      return duration{0};
    if (pauses_ > 0) {
      --pauses_;
      return duration{0};
    }
    return longest_;
  }

  /// Something has come while the unit looked for it.
  void found() { vain_ = 0; }

  /// Something has come after the unit had slept.
  /// @param waited since it had nothing to do.
  /// @param looked whether it looked before it slept.
  void slept(duration waited, bool looked) {
    // A thread that wakes up needs about as long as it would have looked.
    is_soon_ = waited < 2 * longest_;
    if (!looked)
      return;
    vain_ = std::min(vain_ + 1, vain_max);
    pauses_ = std::uint32_t{1} << vain_;
  }

private:
  /// After so many times in vain it looks once in 2^6 times.
  static constexpr std::uint32_t vain_max = 6;

  duration longest_;
  bool is_soon_ = false;
  std::uint32_t vain_ = 0;
  std::uint32_t pauses_ = 0;
};

} // namespace stagedoor
