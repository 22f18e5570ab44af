#pragma once

#include "stagedoor/actors/handlers/open_messages.hpp"
#include "stagedoor/actors/once_messages.hpp"

#include <cstdint>
#include <functional>

namespace stagedoor {

/// Claims the keys of the messages of one handler: asks the once keeper of the
/// server whether a message runs, or what it is answered.
/// Thread rule: belongs to one actor.
class once_gate {
public:
  /// @param messages outlive the gate.
  once_gate(handler_role* self, open_messages& messages,
            const handler_definition& handler, const runtime_ptr& shared);

  /// Answers a message with a key that its action or its user cannot have.
  /// @returns whether it has done so.
  bool refuses(std::uint64_t id, pending_message& pending);

  /// Claims the key of a message, unless it has been claimed.
  /// @param then is called when the message runs.
  /// @returns whether the message waits, or has been answered.
  bool holds(std::uint64_t id, pending_message& pending,
             std::function<void(pending_message&)> then);

private:
  void decided(std::uint64_t id, once_verdict& verdict,
               const std::function<void(pending_message&)>& then);

  handler_role* self_;
  open_messages& messages_;
  const handler_definition& handler_;
  runtime_ptr shared_;
  /// Null if no action of the server runs exactly once.
  once_keeper_actor keeper_;
};

} // namespace stagedoor
