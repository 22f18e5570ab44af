#pragma once

#include "stagedoor/actors/units/spin_policy.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace stagedoor {

/// A socket of a unit, as the unit sees it: what it does not do at once, but
/// when the actors of a turn have run. The list hooks leave their lists when
/// the socket is destroyed.
class unit_socket {
public:
  virtual ~unit_socket() = default;

  /// Reads what has come, or waits for it.
  virtual void read() = 0;

  /// Hands on what has been read already.
  virtual void deliver() = 0;

  /// Writes what has been queued.
  virtual void flush() = 0;

private:
  friend class io_unit;
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  hook read_hook_;
  hook deliver_hook_;
  hook flush_hook_;
};

/// A unit with a thread and sockets: one Asio `io_context`, run by one thread,
/// with one timer for all deadlines.
///
/// It goes round in turns: sockets that are ready are read; the actors run that
/// this woke, and more is handed on of what has been read, up to a bound; then
/// all sockets write what the turn has queued to them, each in one system call.
class io_unit final : public unit {
public:
  /// @param spin how long it looks for something to do before it sleeps, see
  ///        `spin_policy`.
  io_unit(caf::actor_system& sys, std::size_t index,
          std::size_t resumes_per_turn_max, clock::duration spin);
  ~io_unit() override;

  /// Starts the thread.
  void start();

  /// Ends all actors of the unit, waits until they are gone, ends the thread.
  /// Thread rule: any thread but the unit's own.
  void stop();

  [[nodiscard]] clock::time_point now() const override;
  [[nodiscard]] bool is_current() const override;

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

  /// What sockets read into, one after the other: what is not used up when the
  /// reader returns has to be kept elsewhere.
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }

  /// An empty text with some capacity, to be given back.
  [[nodiscard]] std::string take_text();
  void give_back(std::string text);

  /// Has the socket read at the begin of the next turn: by then its client may
  /// have sent more, and it need not be waited for.
  void read_later(unit_socket& socket);

  /// Has the socket deliver once the actors have run.
  void deliver_later(unit_socket& socket);

  /// Has the socket flush at the end of the turn.
  void flush_later(unit_socket& socket);

  /// For how long the unit has been running actors without a break; zero while
  /// it waits for its sockets. Thread rule: any thread.
  [[nodiscard]] clock::duration busy_for() const;

protected:
  void wake() override;

private:
  template <unit_socket::hook unit_socket::*Hook>
  using sockets = boost::intrusive::list<
      unit_socket,
      boost::intrusive::member_hook<unit_socket, unit_socket::hook, Hook>,
      boost::intrusive::constant_time_size<false>>;

  /// Whether the next turn has something to do already.
  [[nodiscard]] bool is_waited_for() const;

  void loop();
  void look_and_sleep();
  void read();
  std::size_t handle_events();
  void turn(std::size_t events);
  void flush();
  void arm_timer();

  std::size_t resumes_per_turn_max_;
  spin_policy spin_;
  std::vector<char> read_buffer_;
  std::vector<std::string> spare_texts_;
  sockets<&unit_socket::read_hook_> reads_;
  sockets<&unit_socket::deliver_hook_> deliveries_;
  sockets<&unit_socket::flush_hook_> flushes_;
  boost::asio::io_context io_;
  boost::asio::steady_timer timer_;
  clock::time_point timer_due_ = clock::time_point::max();
  /// Read once for the events of a turn, and once for its actors.
  mutable clock::time_point now_;
  /// The unit may have waited since `now_` was read.
  mutable bool is_now_stale_ = false;
  /// When the current turn began, 0 while waiting.
  std::atomic<clock::rep> turn_began_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

} // namespace stagedoor
