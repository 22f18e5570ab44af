#pragma once

#include <cstdint>

namespace stagedoor {

/// Chooses one thing in so many, by chance: each has the same chance, whatever
/// was chosen before. So what comes in a pattern, such as an action that each
/// client runs in turn with another one, is chosen as often as it comes.
/// Thread rule: belongs to one thread.
class sampler {
public:
  /// @param one_in 1 chooses everything, 0 nothing.
  /// @param seed two samplers with the same one choose alike.
  explicit constexpr sampler(std::uint32_t one_in, std::uint64_t seed = 0)
      : one_in_(one_in), state_(seed) {}

  /// @returns whether the next one is chosen.
  constexpr bool choose() {
    // The step of a linear congruential generator, with the numbers of Knuth.
    // Its upper bits are those that are random enough.
    constexpr std::uint64_t factor = 6364136223846793005U;
    constexpr std::uint64_t summand = 1442695040888963407U;
    state_ = state_ * factor + summand;
    return one_in_ != 0 && ((state_ >> 32U) * one_in_) >> 32U == 0;
  }

private:
  std::uint64_t one_in_;
  std::uint64_t state_;
};

} // namespace stagedoor
