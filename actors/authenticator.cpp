#include "stagedoor/actors/authenticator.hpp"

#include <utility>

namespace stagedoor {

authenticator_actor::behavior_type
authenticate(pinned_pointer<authenticator_actor, authenticator_state>,
             authenticator_ptr users) {
  return {[users = std::move(users)](const credentials& given) {
    return authentication{users->authenticate(given.token)};
  }};
}

} // namespace stagedoor
