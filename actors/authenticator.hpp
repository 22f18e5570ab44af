#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/pinned.hpp"
#include "stagedoor/permissions/authenticator.hpp"

namespace stagedoor {

struct authenticator_state {
  static inline const char* name = "stagedoor.authenticator";
};

/// Tells connections who has a bearer token.
///
/// Receives: credentials (connection).
/// Sends: the user, or nothing, back.
/// Limits: the connection's `can_connect_timeout`.
/// Ends when: the unit ends.
/// Next on the path: back in connection.hpp.
authenticator_actor::behavior_type
authenticate(pinned_pointer<authenticator_actor, authenticator_state> self,
             authenticator_ptr users);

} // namespace stagedoor
