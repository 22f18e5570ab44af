#pragma once

#include "stagedoor/actors/units/socket_loop.hpp"
#include "stagedoor/actors/units/spin_policy.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace stagedoor {

/// A socket of a unit, as the unit sees it: what it does not do at once, but
/// when the actors of a turn have run.
class unit_socket : public loop_socket, public flushable {
public:
  /// Hands on what has been read already.
  virtual void deliver() = 0;

private:
  friend class io_unit;
  /// Leaves its list when the socket is destroyed.
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  hook deliver_hook_;
};

/// A unit with a thread and sockets: one `socket_loop`, which waits until a
/// socket has something or the next deadline is due.
///
/// It goes round in turns: sockets that are ready are read; the actors run that
/// this woke, and more is handed on of what has been read, up to a bound; then
/// all sockets write what the turn has queued to them, each in one system call.
class io_unit final : public unit {
public:
  /// @param spin how long it looks for something to do before it sleeps, see
  ///        `spin_policy`.
  io_unit(caf::actor_system& sys, std::size_t index,
          std::unique_ptr<socket_loop> loop, std::size_t resumes_per_turn_max,
          clock::duration spin);
  ~io_unit() override;

  /// Starts the thread.
  void start();

  /// Ends all actors of the unit, waits until they are gone, ends the thread.
  /// Thread rule: any thread but the unit's own.
  void stop();

  /// Watches the sockets of the unit.
  [[nodiscard]] socket_loop& loop() { return *loop_; }

  /// An empty text with some capacity, to be given back.
  [[nodiscard]] std::string take_text();
  void give_back(std::string text);

  /// Has the socket deliver once the actors have run.
  void deliver_later(unit_socket& socket);

  /// For how long the unit has been running actors without a break; zero while
  /// it waits for its sockets. Thread rule: any thread.
  [[nodiscard]] clock::duration busy_for() const;

protected:
  void wake() override;
  [[nodiscard]] clock::time_point look_at_clock() const override;

private:
  /// Whether the next turn has something to do already.
  [[nodiscard]] bool is_waited_for() const;

  void run_turns();
  /// Waits for sockets and other threads, as `socket_loop::wait` does.
  std::size_t wait(clock::time_point until);
  std::size_t look_and_sleep(clock::time_point until);
  std::size_t handle_events();
  void turn(std::size_t events);
  /// Has all that has been given to the loop leave.
  void settle();

  std::size_t resumes_per_turn_max_;
  spin_policy spin_;
  std::vector<std::string> spare_texts_;
  boost::intrusive::list<
      unit_socket,
      boost::intrusive::member_hook<unit_socket, unit_socket::hook,
                                    &unit_socket::deliver_hook_>,
      boost::intrusive::constant_time_size<false>>
      deliveries_;
  std::unique_ptr<socket_loop> loop_;
  /// When the current turn began, 0 while waiting.
  mutable std::atomic<clock::rep> turn_began_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

} // namespace stagedoor
