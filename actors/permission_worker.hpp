#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/pinned.hpp"

namespace stagedoor {

/// Asks the list of a question; any failure of a permission is in the answer.
/// Thread rule: any thread.
decision evaluate(const permission_check& check) noexcept;

struct permission_worker_state {
  static inline const char* name = "stagedoor.permission_worker";
};

/// Answers questions to permissions that only compute.
///
/// Receives: questions (permission pool).
/// Sends: the decision, to whoever asked the pool.
/// Limits: none of its own; one question at a time.
/// Ends when: the unit ends. Its pool replaces it if it dies before.
/// Next on the path: back in handler.hpp, or connection.hpp for can_connect.
permission_worker_actor::behavior_type permission_worker(
    pinned_pointer<permission_worker_actor, permission_worker_state> self);

} // namespace stagedoor
