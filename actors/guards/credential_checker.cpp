#include "stagedoor/actors/guards/credential_checker.hpp"

#include <utility>

namespace stagedoor {

authenticator_actor::behavior_type credential_checker(
    pinned_pointer<authenticator_actor, credential_checker_state>,
    authenticator_ptr users) {
  return {[users = std::move(users)](const credentials& given) {
    authentication result;
    result.accepted = users->examine(given.token, result.refusal);
    return result;
  }};
}

} // namespace stagedoor
