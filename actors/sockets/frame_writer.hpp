#pragma once

#include "stagedoor/actors/sockets/outbound_queue.hpp"
#include "stagedoor/actors/sockets/tcp_socket.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The way of all frames to the client of one socket: queues them, and writes
/// as much at once as the socket takes.
/// Limits: `outbound_bytes_max`, `outbound_messages_max`.
/// Thread rule: the unit's thread. The socket outlives what is under way.
class frame_writer {
public:
  using error_code = boost::system::error_code;

  /// @param bounds must outlive the writer.
  frame_writer(io_unit& home, tcp_socket& socket, const limits& bounds)
      : home_(home), socket_(socket), bounds_(bounds) {}

  [[nodiscard]] bool is_empty() const { return queue_.empty(); }

  /// Whether one of the limits is reached. Frames may be added all the same.
  [[nodiscard]] bool is_full() const { return queue_.is_full(bounds_); }

  /// Whether the queue was full and is not any more. Says so once.
  [[nodiscard]] bool has_drained() {
    return was_full_ && !is_full() && std::exchange(was_full_, false);
  }

  void add_message(std::string_view payload, bool compressed) {
    append_frame(bytes(), opcode::text, payload, compressed);
    queue_.add_message(payload.size());
    was_full_ = is_full();
  }

  void add_ping();

  /// While the socket takes nothing, only the last pong is kept.
  void add_pong(std::string_view payload);

  /// Nothing may be added behind it.
  void add_close(close_code code, std::string_view reason);

  /// Writes what is queued, as far as the socket takes it.
  /// @returns `would_block` if the writer has to wait, see `wait_writable`.
  error_code write();

  /// Waits until the socket takes more. Until then `write` does nothing.
  template <class Done>
  void wait_writable(Done done) {
    is_blocked_ = true;
    socket_.async_wait(tcp_socket::wait_write,
                       [this, done = std::move(done)](error_code) {
                         is_blocked_ = false;
                         if (auto payload = std::exchange(late_pong_, nullptr))
                           add_pong(*payload);
                         done();
                       });
  }

  /// Drops what is queued.
  void drop() { queue_ = {}; }

private:
  /// Where the next frame goes.
  std::string& bytes() {
    if (queue_.bytes().empty())
      queue_.bytes() = home_.take_text();
    return queue_.bytes();
  }

  io_unit& home_;
  tcp_socket& socket_;
  const limits& bounds_;
  outbound_queue queue_;
  std::unique_ptr<std::string> late_pong_;
  bool is_blocked_ = false;
  /// The queue was full when a message was added.
  bool was_full_ = false;
};

} // namespace stagedoor
