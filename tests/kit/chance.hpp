#pragma once

#include <chrono>
#include <cstdint>

namespace stagedoor::testing {

/// Random numbers that are the same for the same seed, with every compiler and
/// library. Each call takes the next one.
class chance {
public:
  explicit chance(std::uint64_t seed) : state_(seed) {}

  /// Any number.
  std::uint64_t next() {
    // SplitMix64, of which each seed is as good as any other.
    state_ += 0x9e3779b97f4a7c15U;
    auto result = state_;
    result = (result ^ (result >> 30U)) * 0xbf58476d1ce4e5b9U;
    result = (result ^ (result >> 27U)) * 0x94d049bb133111ebU;
    return result ^ (result >> 31U);
  }

  /// A number from 0 up to but not including `bound`, which is not 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// True once in `times`.
  bool one_in(std::uint64_t times) { return below(times) == 0; }

  /// A time from `least` up to `most`, in microseconds.
  std::chrono::microseconds between(std::chrono::microseconds least,
                                    std::chrono::microseconds most) {
    const auto range = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least
           + std::chrono::microseconds{static_cast<std::int64_t>(below(range))};
  }

private:
  std::uint64_t state_;
};

} // namespace stagedoor::testing
