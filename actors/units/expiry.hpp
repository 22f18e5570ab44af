#pragma once

#include "stagedoor/actors/messages.hpp"

#include "caf/actor_cast.hpp"
#include "caf/send.hpp"

#include <cstdint>
#include <functional>

namespace stagedoor {

/// Returns the callback of a deadline that belongs to an actor: it sends the
/// actor `expired_atom` with the number of what has expired.
/// Thread rule: the callback runs on any thread. The deadline must end before
/// the actor does.
template <class Self>
std::function<void()> sends_expired(Self* self, std::uint64_t id) {
  return [self, id] {
    caf::anon_send(caf::actor_cast<typename Self::actor_hdl>(self),
                   expired_atom_v, id);
  };
}

} // namespace stagedoor
