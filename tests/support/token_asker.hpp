#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <string>

#include "support/actor_world.hpp"
#include "support/role_probes.hpp"

namespace stagedoor::test {

/// Asks an authenticator actor whose a token is, as a connection does. `answer`
/// becomes the user's name, `refused`, or the reason of an error.
inline void ask_for_token(unit& home, const authenticator_actor& whom,
                          const std::string& token, std::string& answer) {
  home.spawn(
      [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>* self,
         const authenticator_actor& asked, const std::string& given,
         std::string* target) {
        self->request(asked, caf::infinite, credentials{given})
            .then(
                [target](const authentication& result) {
                  *target = result.accepted ? result.accepted->who.username
                                            : "refused";
                },
                [target](const caf::error& error) {
                  *target = text_of(error);
                });
      },
      whom, token, &answer);
}

/// The answer of an authenticator that knows the token.
inline authentication accepted_as(const std::string& username) {
  authentication result;
  result.accepted.emplace().who.username = username;
  return result;
}

} // namespace stagedoor::test
