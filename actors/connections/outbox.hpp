#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The way of all texts to the client of one connection. It notices a client
/// that takes nothing while its queue is full, and counts what is dropped.
/// Limits: `outbound_bytes_max`, `outbound_messages_max` (the socket's queue),
/// `write_stall_timeout`.
class outbox {
public:
  /// @param on_stall the callback of the deadline; `is_stalled` is due then.
  outbox(const connection_core& core, std::function<void()> on_stall)
      : core_(core), stall_(std::move(on_stall)) {}

  /// Whether the socket's queue is at one of its limits. Replies are sent all
  /// the same; pushes and events are not.
  [[nodiscard]] bool is_full() const { return core_.socket().outbound_full(); }

  /// Sends an envelope. A reply with something that JSON cannot express becomes
  /// a 500, and the log names its handler and action.
  void send(const message_head& head, const reply& answer,
            const compiled_endpoint& endpoint);

  /// Sends an event; or counts and logs it, if JSON cannot express it.
  void send(const event& pushed);

  /// Sends an event that was encoded before, once for all who get it.
  void send_encoded(std::string_view event);

  /// Gives a client that has closed less time to take what it is owed.
  /// @param timeout counts in place of `write_stall_timeout` if it is shorter.
  void limit_stall(limits::duration timeout);

  /// Forgets the stall, because the queue is not full any more or because the
  /// connection closes.
  void forget_stall() { stall_.disarm(); }

  /// Whether the queue is full and the client has taken nothing of it for its
  /// time. If it has taken some, its time begins again.
  [[nodiscard]] bool is_stalled();

  /// Counts texts that the client does not get.
  void count_drop(drop_reason reason, std::size_t count = 1);

  /// How many texts the client did not get.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
  void send(std::string_view text) {
    core_.socket().send(text);
    if (is_full() && !stall_.armed())
      watch_stall();
  }

  void watch_stall();
  void refuse(const message_head& head, const compiled_endpoint& endpoint);

  const connection_core& core_;
  deadline stall_;
  limits::duration stall_timeout_max_ = limits::duration::max();
  /// What the client had taken when the deadline was armed.
  std::uint64_t bytes_taken_before_ = 0;
  std::uint64_t dropped_ = 0;
};

} // namespace stagedoor
