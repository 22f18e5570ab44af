#pragma once

#include "stagedoor/actors/sockets/outbound_queue.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The way of all frames to the client of one socket: queues them until the
/// socket takes them.
/// Limits: `outbound_bytes_max`, `outbound_messages_max`.
/// Thread rule: the unit's thread.
class frame_writer {
public:
  /// @param bounds must outlive the writer.
  frame_writer(io_unit& home, const limits& bounds)
      : home_(home), bounds_(bounds) {}

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

  /// What the socket should take now: all that is queued, and nothing while
  /// the socket takes nothing. Valid until something is added.
  [[nodiscard]] std::string_view unsent() const {
    return is_blocked_ ? std::string_view{} : queue_.unwritten();
  }

  /// Notes that the socket has taken so many bytes of that.
  void sent(std::size_t count);

  /// Notes that the socket takes nothing more at the moment.
  void block() { is_blocked_ = true; }

  /// Notes that it takes more again.
  void unblock();

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
  const limits& bounds_;
  outbound_queue queue_;
  std::unique_ptr<std::string> late_pong_;
  bool is_blocked_ = false;
  /// The queue was full when a message was added.
  bool was_full_ = false;
};

} // namespace stagedoor
