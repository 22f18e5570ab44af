#pragma once

#include "stagedoor/actors/units/socket_loop.hpp"

#include <liburing.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

namespace stagedoor {

/// An io_uring of the system: a queue of operations that one system call hands
/// over, a queue of what has come of them, and a list of buffers of which the
/// system takes one when bytes have come.
///
/// It needs Linux 6.1. One thread uses it, which is the one that calls `begin`;
/// any thread may make and destroy it.
class uring {
public:
  using clock = socket_loop::clock;

  /// The most operations of one system call: small, as the system counts this
  /// memory against RLIMIT_MEMLOCK.
  static constexpr unsigned submissions_max = 512;
  /// The completions for which there is place; the system keeps more of them
  /// elsewhere.
  static constexpr unsigned completions_max = 4096;
  /// The most buffers, a power of two.
  static constexpr unsigned buffers_max = 128;
  /// What operations name that take a buffer of the list.
  static constexpr std::uint16_t buffer_group = 0;

  /// Throws `std::system_error` if the system has no io_uring for this process,
  /// or too little memory.
  uring();
  ~uring();

  uring(const uring&) = delete;
  uring& operator=(const uring&) = delete;

  /// Lets the calling thread use it from now on.
  void begin();

  /// The next free operation, to be filled in; null if there is none before
  /// `enter`.
  [[nodiscard]] io_uring_sqe* next() { return io_uring_get_sqe(&ring_); }

  /// Hands over the operations, and waits until something has come of any of
  /// them or until the time is reached. May end sooner. Throws
  /// `std::system_error` if the system refuses it, which it does from the first
  /// time on or never.
  /// @param until as in `socket_loop::wait`.
  void enter(clock::time_point until);

  /// Calls `use` with each completion that has come, and takes it off.
  template <class Function>
  void take(Function use) {
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* each = nullptr;
    io_uring_for_each_cqe(&ring_, head, each) {
      use(*each);
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
  }

  /// Adds a buffer to the list.
  /// @param number what a completion says of it; less than `buffers_max`.
  /// @param buffer belongs to the system until a completion names it.
  void provide(std::uint16_t number, std::span<char> buffer);

private:
  struct release {
    void operator()(io_uring_buf_ring* list) const { std::free(list); }
  };

  void provide_list();

  io_uring ring_{};
  std::unique_ptr<io_uring_buf_ring, release> buffers_;
};

} // namespace stagedoor
