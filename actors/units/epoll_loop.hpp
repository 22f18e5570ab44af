#pragma once

#include "stagedoor/actors/units/socket_loop.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A loop on Linux' epoll, which every machine has. The sockets are watched
/// level-triggered: one `recv` for each time that the system says that there is
/// something, into one buffer of the loop, and one `send` for each `send`.
///
/// The system is told lazily that a socket does not ask for input any more:
/// when it has reported such a socket. A socket that asks again before that
/// costs no call of `epoll_ctl`. The mark of an entry is what the system has
/// been told to watch for, and 0 for nothing yet.
class epoll_loop final : public socket_loop {
public:
  /// Throws `std::system_error` if the process lacks descriptors or memory.
  epoll_loop();

  /// Lets go of all entries.
  ~epoll_loop() override;

  /// As `socket_loop` says. `until` is rounded up to a millisecond.
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
  /// An entry that the system does not watch, and why.
  struct failure {
    std::shared_ptr<loop_entry> entry;
    int error;
  };

  /// The most sockets of one wait.
  static constexpr std::size_t found_max = 256;

  void keep(std::shared_ptr<loop_entry> entry, int handle, bool is_listener);

  /// Tells the system what the entry asks for.
  void update(loop_entry& entry);

  /// Makes the calls for one event.
  void handle(loop_entry& entry, std::uint32_t events);
  void read(loop_socket& socket);
  void accept_one(loop_listener& listener);

  /// Tells entries that the system does not watch them.
  void tell_failures();

  /// Ends the life of what has been forgotten.
  void let_go();

  descriptor epoll_;
  descriptor wake_;
  std::vector<char> buffer_;
  /// What the last wait has found.
  std::array<epoll_event, found_max> found_;
  std::vector<failure> failures_;
  boost::intrusive::list<loop_entry> entries_;
  /// Kept until the next wait.
  std::vector<std::shared_ptr<loop_entry>> forgotten_;
};

} // namespace stagedoor
