#include "stagedoor/actors/keeping/once_nodes.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include "caf/actor_cast.hpp"

#include <utility>

namespace stagedoor {

once_nodes::changes once_nodes::refresh() {
  changes result;
  const auto& services = *shared_->services;
  if (services.version() == table_version_)
    return result;
  table_version_ = services.version();
  std::map<std::string, caf::actor> there;
  for (const auto& [node, keeper] :
       services.entries(shared_->server_name + std::string(once_service))) {
    const auto ended = ended_.find(node);
    if (node == own_
        || (ended != ended_.end() && are_same(ended->second, keeper.address())))
      continue;
    there.emplace(node, keeper);
  }
  const auto before = std::exchange(keepers_, std::move(there));
  for (const auto& [node, keeper] : before) {
    const auto now = keepers_.find(node);
    if (now == keepers_.end()
        || !are_same(now->second.address(), keeper.address()))
      result.gone.push_back(node);
  }
  for (const auto& [node, keeper] : keepers_) {
    const auto known = before.find(node);
    if (known == before.end()
        || !are_same(known->second.address(), keeper.address()))
      result.come.push_back(node);
  }
  return result;
}

void once_nodes::left(const std::string& node,
                      const caf::strong_actor_ptr& keeper) {
  keepers_.erase(node);
  ended_[node] = caf::actor_cast<caf::actor_addr>(keeper);
}

once_keeper_actor once_nodes::of(const std::string& node) const {
  const auto found = keepers_.find(node);
  return found != keepers_.end()
             ? caf::actor_cast<once_keeper_actor>(found->second)
             : once_keeper_actor{};
}

} // namespace stagedoor
