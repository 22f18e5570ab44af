#pragma once

#include "stagedoor/actors/units/operation_table.hpp"
#include "stagedoor/actors/units/queued_sends.hpp"
#include "stagedoor/actors/units/socket_loop.hpp"
#include "stagedoor/actors/units/uring.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace stagedoor {

/// A loop on Linux' io_uring: all that is asked for in a turn, sends too, is
/// handed over by the one system call of the next wait.
///
/// Each `receive` is an operation of its own, which takes a buffer when bytes
/// have come. One operation that goes on receiving (a multishot one) would have
/// to be stopped whenever its socket does not ask, and what had come meanwhile
/// would have to be kept. In a bare echo it saved nothing with 64 connections,
/// and some 10 % of the time with 1,000.
///
/// The system reads nothing from a socket that is forgotten after that, though
/// it holds on to the socket until the next wait.
class uring_loop final : public socket_loop {
public:
  /// Throws `std::system_error` if the system has no io_uring for this process,
  /// or too little memory or too few descriptors.
  uring_loop();

  /// Lets go of all entries.
  ~uring_loop() override;

  /// As `socket_loop` says. Throws `std::system_error` if the system refuses to
  /// wait, from the first time on, or has no memory to let a thread take the
  /// place of another one.
  outcome wait(clock::time_point until, std::size_t events_max) override;
  void wake() override;
  void watch(std::shared_ptr<loop_socket> socket, int handle) override;
  void watch(std::shared_ptr<loop_listener> listener, int handle) override;
  void receive(loop_socket& socket, std::size_t bytes_max) override;
  void send(loop_socket& socket, std::string_view bytes) override;
  void await_writable(loop_socket& socket) override;
  void accept(loop_listener& listener) override;
  void forget(loop_entry& entry) override;

private:
  using kind = operation_table::kind;

  /// What has come of an operation.
  struct completion {
    std::uint64_t name;
    std::int32_t result;
    std::uint32_t flags;
  };

  operation_table::place& place_of(loop_entry& entry) {
    return operations_[notes_of(entry).mark];
  }

  void keep(std::shared_ptr<loop_entry> entry, int handle, bool is_listener);

  /// Lets this thread go on where another one has ended.
  void take_over();

  /// Adds a buffer to those that the system fills.
  void provide(std::uint16_t number);

  /// Has the place looked at in the next wait.
  void ask(loop_entry& entry);

  /// A free operation, with a name.
  template <class Prepare>
  io_uring_sqe& put(std::uint64_t name, Prepare prepare);
  void put_cancels();
  void put_wake();
  void put_sends();
  void put_asked();
  void put_input(std::uint32_t at);

  /// Hands over what has been asked for, and collects what has come.
  void enter(clock::time_point until);
  void collect();

  /// Makes the calls of so many sockets at most, and counts them.
  std::size_t handle_found(std::size_t events_max);

  /// @returns whether there was a call.
  bool handle(const completion& next);
  bool handle_input(loop_entry& entry, const completion& next);
  bool read(loop_socket& socket, const completion& next);
  bool accept_one(loop_listener& listener, int result);

  /// Ends the life of what has been forgotten.
  void let_go();

  std::unique_ptr<uring> ring_;
  descriptor wake_;
  /// The last that waited; none before the first wait.
  std::thread::id thread_;
  std::unique_ptr<char[]> buffers_;
  boost::intrusive::list<loop_entry> entries_;
  operation_table operations_;
  /// What the next wait hands over: the names of operations that nobody wants
  /// any more, what is to be sent, and the places of entries that ask.
  std::vector<std::uint64_t> cancels_;
  queued_sends sends_;
  std::vector<std::uint32_t> asking_;
  /// What has come and has not been told yet, in order.
  std::vector<completion> found_;
  bool is_woken_ = false;
  bool is_wake_watched_ = false;
  /// Kept until the next wait.
  std::vector<std::shared_ptr<loop_entry>> forgotten_;
};

} // namespace stagedoor
