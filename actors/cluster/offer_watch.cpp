#include "stagedoor/actors/cluster/offer_watch.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/messages.hpp"

#include <utility>

namespace stagedoor {

void offer_watch::changed(const cluster_board::offers& offers) {
  std::set<caf::actor_addr> offered;
  for (const auto& [service, handle] : offers)
    offered.insert(handle.address());
  for (const auto& address : watched_)
    if (!offered.contains(address))
      caf_api::demonitor(*self_, address);
  for (const auto& address : offered)
    if (!watched_.contains(address))
      caf_api::monitor(*self_, address);
  watched_ = std::move(offered);
  ++changes_;
  if (watched_.empty())
    self_->delayed_send(self_, cluster_limits::idle_notice, caf::tick_atom_v,
                        changes_);
}

} // namespace stagedoor
