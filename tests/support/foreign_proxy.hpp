#pragma once

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/forwarding_actor_proxy.hpp>
#include <caf/make_actor.hpp>
#include <caf/node_id.hpp>

#include <string>

namespace stagedoor::test {

/// What stands for an actor of another node, always the same one: proxies with
/// equal IDs are equal. What is sent to it goes nowhere.
inline caf::actor foreign_proxy(caf::actor_system& sys, caf::actor_id id) {
  const auto node = caf::make_node_id(1, std::string(40, 'a'));
  const auto broker = sys.spawn([](caf::event_based_actor* self) {
    self->set_default_handler(caf::drop);
    return caf::behavior{[](caf::unit_t) {}};
  });
  caf::actor_config cfg;
  return caf::make_actor<caf::forwarding_actor_proxy, caf::actor>(
      id, *node, &sys, cfg, broker);
}

/// Ends a proxy as the loss of its link does.
inline void lose(const caf::actor& proxy) {
  auto* known = caf::actor_cast<caf::abstract_actor*>(proxy);
  dynamic_cast<caf::actor_proxy&>(*known).kill_proxy(
      nullptr, caf::exit_reason::remote_link_unreachable);
}

} // namespace stagedoor::test
