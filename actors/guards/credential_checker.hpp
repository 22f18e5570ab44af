#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"

namespace stagedoor {

struct credential_checker_state {
  static inline const char* name = "stagedoor.credential_checker";
};

/// Checks the bearer tokens of one unit's connections with the server's own
/// `authenticator`. Where the application brings an actor that knows tokens, an
/// authenticator_proxy takes its place.
///
/// Receives: credentials (connection).
/// Sends: the user, or nothing, back.
/// Limits: the connection's `can_connect_timeout`.
/// Ends when: the unit ends.
/// Next on the path: back in connection.hpp.
authenticator_actor::behavior_type credential_checker(
    pinned_pointer<authenticator_actor, credential_checker_state> self,
    authenticator_ptr users);

} // namespace stagedoor
