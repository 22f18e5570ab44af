#pragma once

// What applications use of the rooms caf_api/, beside the inspection of their
// messages: the signatures and states of their actors, and how an actor system
// comes to know their messages and modules.

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

/// The signature of a message that is not answered.
template <class... Ts>
using reacts_to = caf::result<void>(Ts...);

/// The signature of a message that is answered.
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

/// The state of a stateful actor.
template <class Actor>
auto& state_of(Actor* self) {
#if STAGEDOOR_CAF_1
  return self->state();
#else
  return self->state;
#endif
}

/// Makes the messages of a block known to CAF, before an actor system is made.
template <class Block>
void add_message_types([[maybe_unused]] caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  caf::init_global_meta_objects<Block>();
#else
  cfg.add_message_types<Block>();
#endif
}

/// Loads a module, with its messages. Options that are set stay as they are:
/// CAF 1.x alone would forget them for its defaults, which it knows anyway.
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
