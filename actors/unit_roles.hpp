#pragma once

#include "stagedoor/actors/interfaces.hpp"

#include <memory>
#include <vector>

namespace stagedoor {

/// The actors of one unit that its connections talk to.
struct unit_roles {
  authenticator_actor authenticator;
  permission_pool_actor pool;
  group_hub_actor groups;
  /// Of all units. Null if no group has a history.
  history_keeper_actor histories;
  /// One router for each endpoint, in their order.
  std::vector<router_actor> routers;
  /// The same for what other nodes send; empty if this node runs no handlers
  /// for others.
  std::vector<request_answerer_actor> answerers;
};

using unit_roles_ptr = std::shared_ptr<const unit_roles>;

} // namespace stagedoor
