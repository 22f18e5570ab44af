#pragma once

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace stagedoor {

/// A point in time at which a callback runs, unless disarmed or destroyed
/// before. Costs no allocation to arm or disarm.
/// Thread rule: belongs to the unit of the wheel it is armed on.
class deadline
    : public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  /// @param on_expiry must not throw. It runs outside of any actor: it sends
  ///        its actor a message instead of touching the actor's state.
  explicit deadline(std::function<void()> on_expiry = {})
      : on_expiry_(std::move(on_expiry)) {}

  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;

  /// Sets what it calls, in place of what it would have called before.
  void call(std::function<void()> on_expiry) {
    on_expiry_ = std::move(on_expiry);
  }

  void disarm() { unlink(); }
  [[nodiscard]] bool armed() const { return is_linked(); }

private:
  friend class timing_wheel;

  std::function<void()> on_expiry_;
  std::uint64_t due_tick_ = 0;
};

/// All deadlines of one unit: a hashed timing wheel, so that arming and
/// disarming cost the same however many there are. A deadline never expires
/// early, and late by one tick at most (and by the time the unit was busy or
/// needed to wake up).
class timing_wheel {
public:
  using clock = std::chrono::steady_clock;

  static constexpr std::chrono::milliseconds tick{10};

  explicit timing_wheel(clock::time_point start);

  /// Arms `target`, again if it is armed already.
  void arm(deadline& target, clock::time_point due);

  /// Runs the callbacks of all deadlines that are due.
  void advance(clock::time_point now);

  /// When `advance` should be called next; `time_point::max()` if nothing is
  /// armed. May be too early, never too late.
  [[nodiscard]] clock::time_point next_wake() const { return next_wake_; }

private:
  using slot =
      boost::intrusive::list<deadline,
                             boost::intrusive::constant_time_size<false>>;

  static constexpr std::uint64_t slot_count = 1024;

  [[nodiscard]] clock::time_point time_of(std::uint64_t tick_index) const;
  void find_next_wake();

  clock::time_point start_;
  clock::time_point next_wake_ = clock::time_point::max();
  /// The last tick that `advance` has worked off.
  std::uint64_t done_ = 0;
  std::vector<slot> slots_;
};

} // namespace stagedoor
