#include "stagedoor/actors/handlers/runner_home.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"

#include <utility>

namespace stagedoor {

runner_home::runner_home(handler_spec handler,
                         std::vector<router_actor> routers, std::size_t here)
    : handler_(std::move(handler)), routers_(std::move(routers)), here_(here) {}

router_actor runner_home::of_server() const {
  return handler_->lifetime == lifetime::server ? router_of(0) : router_actor{};
}

router_actor runner_home::of(const request& message) const {
  const auto& lifetime = handler_->lifetime;
  if (!lifetime.is_keyed() || routers_.empty())
    return of_server();
  // Its route has the capture, or the server would not have started.
  const auto& key = *message.capture(lifetime.capture());
  return router_of(stable_hash(key) % routers_.size());
}

router_actor runner_home::router_of(std::size_t unit) const {
  return unit < routers_.size() && unit != here_ ? routers_[unit]
                                                 : router_actor{};
}

} // namespace stagedoor
