#pragma once

#include "stagedoor/actors/unit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace stagedoor {

/// A unit with a thread and sockets: one Asio `io_context`, run by one thread,
/// with one timer for all deadlines. After each socket event it runs the actors
/// that the event woke, up to a bound, before it looks at the sockets again.
class io_unit final : public unit {
public:
  io_unit(caf::actor_system& sys, std::size_t index,
          std::size_t resumes_per_turn_max);
  ~io_unit() override;

  /// Starts the thread.
  void start();

  /// Ends all actors of the unit, waits until they are gone, ends the thread.
  /// Thread rule: any thread but the unit's own.
  void stop();

  [[nodiscard]] clock::time_point now() const override { return now_; }

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

  /// For how long the unit has been running actors without a break; zero while
  /// it waits for its sockets. Thread rule: any thread.
  [[nodiscard]] clock::duration busy_for() const;

protected:
  [[nodiscard]] bool is_current() const override;
  void wake() override;

private:
  void loop();
  void turn();
  void arm_timer();

  std::size_t resumes_per_turn_max_;
  boost::asio::io_context io_;
  boost::asio::steady_timer timer_;
  clock::time_point timer_due_ = clock::time_point::max();
  /// Read once per turn.
  clock::time_point now_;
  /// When the current turn began, 0 while waiting.
  std::atomic<clock::rep> turn_began_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

} // namespace stagedoor
