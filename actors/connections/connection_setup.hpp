#pragma once

#include "stagedoor/actors/connections/readiness.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/transport.hpp"
#include "stagedoor/actors/unit_roles.hpp"

#include <cstdint>
#include <memory>

namespace stagedoor {

/// What a listener gives to a connection that it spawns.
struct connection_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  unit_roles_ptr roles;
  std::shared_ptr<transport> socket;
  std::shared_ptr<const readiness> ready;
  std::uint64_t id = 0;
  /// The server has all the connections that it may have; this one gets a 503.
  bool over_limit = false;
};

} // namespace stagedoor
