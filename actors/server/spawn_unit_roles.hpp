#pragma once

#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/unit_roles.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

class unit;

/// What the roles of all units of a server are made of.
struct unit_roles_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  /// Whether the handlers run here, and not on other nodes.
  bool runs_handlers = true;
  /// Who has a bearer token; null refuses all tokens.
  authenticator_ptr users;
  /// If it is set, it is asked instead of `users`.
  replicas authenticator;
};

/// The service as which the nodes that run the handlers of an endpoint offer
/// its request answerers.
std::string handlers_service(const runtime& shared,
                             const compiled_endpoint& endpoint);

/// Checks whether endpoints can be served by a node, and makes their handlers
/// ready if it runs them.
/// @param node null for a server that is no node.
caf::error prepare_endpoints(const endpoint_table& all, const cluster* node);

/// Spawns the roles of a unit.
/// @param first those of the first unit; null for that unit itself.
unit_roles_ptr spawn_unit_roles(unit& home, const unit_roles_setup& setup,
                                const unit_roles* first);

/// Spawns what keeps keys for a server: its key keeper, on a node that runs
/// handlers and has one state of each key in the cluster, and its once keeper,
/// where handlers run that have an action that runs exactly once.
/// @param shared gets them.
void spawn_keepers(unit& first, const std::shared_ptr<runtime>& shared,
                   const endpoint_table& all);

/// What other nodes get of that, by service.
std::vector<std::pair<std::string, caf::actor>>
offers_of_keepers(const runtime& shared);

/// Hands the keys of messages that run once over to other nodes, if there are
/// any. No further message with a key runs here. Waits for the other nodes for
/// `server_limits::farewell_timeout` at most.
void hand_over_keys(caf::actor_system& sys, const runtime& shared);

/// Has all states end that live by key, and waits until those have ended that
/// have something to do then (`on_end`).
void end_states(const std::vector<unit_roles_ptr>& roles,
                const endpoint_table& all, const runtime& shared);

/// Ends the states of a server's keys, if it has any, and tells the other nodes
/// that they may have them. Waits for them for
/// `server_limits::farewell_timeout` at most.
void give_up_keys(caf::actor_system& sys, const runtime& shared);

/// Makes the hubs of all units known to each other, and the routers of each
/// endpoint.
/// @param roles in the order of the units.
/// @returns the hubs.
std::vector<caf::actor> connect_units(const std::vector<unit_roles_ptr>& roles);

} // namespace stagedoor
