#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/replicas.hpp"
#include "stagedoor/actors/route_tree.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/permissions/authenticator.hpp"

#include <memory>
#include <vector>

namespace stagedoor {

class unit;

/// The roles of one unit that its connections talk to.
struct unit_roles {
  authenticator_actor authenticator;
  permission_pool_actor pool;
  group_hub_actor groups;
  /// By endpoint.
  std::vector<router_actor> routers;
};

using unit_roles_ptr = std::shared_ptr<const unit_roles>;

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
/// its routers.
std::string handlers_service(const runtime& shared,
                             const compiled_endpoint& endpoint);

/// Spawns the roles of a unit.
/// @param primary those of the first unit, which owns the handlers that live
///        for the server; null for that unit itself.
unit_roles_ptr spawn_unit_roles(unit& home, const unit_roles_setup& setup,
                                const unit_roles* primary);

} // namespace stagedoor
