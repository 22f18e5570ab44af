#pragma once

#include "stagedoor/actors/units/socket_loop.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What the sockets of a loop have given to `send` and have not been told of.
/// It waits until the loop hands it over, all at once, and is told of when the
/// system has dealt with all of that. No byte is copied.
class queued_sends {
public:
  /// One of them, as it is handed over.
  struct item {
    /// Null if it has been forgotten.
    loop_socket* socket;
    int handle;
    std::string_view bytes;
    /// How many bytes the system has taken, or an error less than 0.
    int result = 0;
  };

  /// @param handle where the bytes go, at most so many as one operation takes.
  void add(loop_socket& socket, int handle, std::string_view bytes) {
    waiting_.push_back({&socket, handle, bytes});
  }

  /// Whether the system has still to deal with some that were handed over.
  [[nodiscard]] bool are_open() const { return open_ > 0; }

  /// Calls `put` with each one that waits and its number. Nothing is open.
  template <class Function>
  void hand_over(Function put) {
    taken_.swap(waiting_);
    open_ = taken_.size();
    for (std::size_t i = 0; i < taken_.size(); ++i)
      put(taken_[i], i);
  }

  /// Notes what the system says of one.
  void settle(std::size_t number, int result) {
    taken_[number].result = result;
    --open_;
  }

  /// Tells the sockets what has become of what was handed over. Nothing is
  /// open.
  /// @returns whether there was anything.
  bool tell();

  /// Tells the socket nothing more. What waits leaves at once, as its bytes may
  /// end with the socket, and its handle may become another one's.
  void forget(const loop_entry& socket);

private:
  std::vector<item> waiting_;
  std::vector<item> taken_;
  std::size_t open_ = 0;
};

} // namespace stagedoor
