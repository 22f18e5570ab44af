#pragma once

#include "stagedoor/actors/units/unit_limits.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace stagedoor {

/// A place for an actor that is spawned when it is needed, and again when it
/// has died: at once after the first death, then with a delay that doubles with
/// each further death, until the actor has lived long enough.
/// @tparam Actor its handle or `role`.
template <class Actor>
class respawner {
public:
  using clock = std::chrono::steady_clock;

  /// Returns the actor, spawned with `spawn` if there is none; null while its
  /// next life has to wait.
  template <class Spawn>
  const Actor& acquire(clock::time_point now, Spawn spawn) {
    if (!actor_ && now >= not_before_)
      actor_ = spawn();
    return actor_;
  }

  [[nodiscard]] const Actor& actor() const { return actor_; }

  /// The actor has died.
  void died(clock::time_point now) {
    actor_ = Actor{};
    if (now - last_death_ > unit_limits::respawn_calm)
      delay_ = std::chrono::milliseconds{0};
    last_death_ = now;
    not_before_ = now + delay_;
    delay_ = std::clamp(delay_ * 2, unit_limits::respawn_delay_min,
                        unit_limits::respawn_delay_max);
  }

private:
  Actor actor_;
  std::chrono::milliseconds delay_{0};
  clock::time_point not_before_ = clock::time_point::min();
  // Half of the range, so that subtracting does not overflow.
  clock::time_point last_death_{clock::duration::min() / 2};
};

} // namespace stagedoor
