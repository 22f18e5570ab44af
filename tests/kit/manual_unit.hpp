#pragma once

#include "stagedoor/actors/units/unit.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace stagedoor::testing {

/// A unit without thread and sockets: the test is its thread, and its clock
/// stands still until it is moved. See `virtual_system`, which moves it.
/// Thread rule: the thread that made it, unless it says otherwise.
class manual_unit final : public unit {
public:
  /// Where its clock begins: on a tick, so that timeouts of whole ticks expire
  /// exactly.
  static constexpr clock::time_point beginning{std::chrono::hours{1}};

  explicit manual_unit(caf::actor_system& sys, std::size_t index = 0,
                       clock::time_point start = beginning)
      : unit(sys, index, start), moved_to_(start) {
    take_thread();
  }
  ~manual_unit() override { close(); }

  [[nodiscard]] clock::time_point precise_now() const override {
    return moved_to_;
  }

  /// Moves the clock, and runs no callback before it is moved again.
  void set_clock(clock::time_point now) {
    moved_to_ = now;
    forget_now();
  }

  /// Moves the clock and runs the callbacks of what is due by then.
  void move_clock(clock::time_point now) {
    set_clock(now);
    wheel().advance(now);
  }

  /// Runs all that is queued, and what that queues.
  /// @returns whether there was anything.
  bool work() {
    take_posted();
    const auto has_any = has_work();
    while (has_work()) {
      begin_turn(turn_runs_max);
      run();
    }
    flush();
    let_go();
    return has_any;
  }

  using unit::take_posted;

  /// How often another thread has called the unit's.
  [[nodiscard]] std::size_t wakes() const {
    std::lock_guard lock{mutex_};
    return wakes_;
  }

  /// Waits until another thread has called, since the last time that this was
  /// waited for. For what runs on worker threads.
  /// @param patience how long it waits, in real time.
  /// @returns whether one has.
  bool await_wake(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    // Without this, the kernel is asked to wait for no time.
    if (patience.count() == 0 && wakes_ == awaited_)
      return false;
    if (!woken_.wait_for(lock, patience, [this] { return wakes_ > awaited_; }))
      return false;
    awaited_ = wakes_;
    return true;
  }

protected:
  void wake() override {
    std::lock_guard lock{mutex_};
    ++wakes_;
    woken_.notify_all();
  }
  [[nodiscard]] clock::time_point look_at_clock() const override {
    return moved_to_;
  }

private:
  /// Enough that no turn of a test ends by it.
  static constexpr std::size_t turn_runs_max = 1'000'000;

  clock::time_point moved_to_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::size_t wakes_ = 0;
  std::size_t awaited_ = 0;
};

} // namespace stagedoor::testing
