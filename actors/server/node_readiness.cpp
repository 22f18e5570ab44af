#include "stagedoor/actors/server/node_readiness.hpp"

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/server/spawn_unit_roles.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

std::function<readiness::state()>
readiness_of_node(runtime_ptr shared, endpoint_table_ptr endpoints) {
  return [shared = std::move(shared), endpoints = std::move(endpoints)] {
    const auto& node = *shared->cluster;
    if (!node.has_joined())
      return readiness::state::joining;
    const auto has_handlers = [&](const compiled_endpoint& entry) {
      return !shared->services->entries(handlers_service(*shared, entry))
                  .empty();
    };
    return node.roles().handlers
                   || std::all_of(endpoints->begin(), endpoints->end(),
                                  has_handlers)
               ? readiness::state::ready
               : readiness::state::no_handlers;
  };
}

} // namespace stagedoor
