#pragma once

// The spellings that applications use for their actors and actor systems:
// signatures and states of actors, message types and modules. The spelling of
// `inspect` functions is in protocol/caf_api/messages.hpp.

#include "stagedoor/protocol/caf_api/messages.hpp"

#include "caf/actor_system_config.hpp"

#if STAGEDOOR_CAF_1
#include "caf/result.hpp"
#else
#include "caf/replies_to.hpp"
#endif

#include <utility>

namespace stagedoor::caf_api {

#if STAGEDOOR_CAF_1

/// The signature of a message that gets no answer.
template <class... Ts>
using reacts_to = caf::result<void>(Ts...);

/// The signature of a message that gets an answer.
template <class... Ts>
struct replies_to {
  template <class... Rs>
  using with = caf::result<Rs...>(Ts...);
};

#else

template <class... Ts>
using reacts_to = caf::reacts_to<Ts...>;

template <class... Ts>
using replies_to = caf::replies_to<Ts...>;

#endif

/// Returns the state of a stateful actor.
template <class Actor>
auto& state_of(Actor* self) {
#if STAGEDOOR_CAF_1
  return self->state();
#else
  return self->state;
#endif
}

/// Registers the message types of a block with CAF. Call it before the actor
/// system exists.
template <class Block>
void add_message_types([[maybe_unused]] caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  caf::init_global_meta_objects<Block>();
#else
  cfg.add_message_types<Block>();
#endif
}

/// Loads a module with its message types. Options keep the values that they
/// have; CAF 1.x by itself would replace these by its defaults.
template <class Module>
void load(caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  Module::init_global_meta_objects();
  auto content = cfg.content;
  cfg.load<Module>();
  cfg.content = std::move(content);
#else
  cfg.load<Module>();
#endif
}

} // namespace stagedoor::caf_api
