#include "stagedoor/actors/actor_permission.hpp"

#include "caf/actor_cast.hpp"

#include <utility>

namespace stagedoor {

asked_actor::asked_actor(std::string name, permission_actor handle,
                         const actor_options& options)
    : name_(std::move(name)), handle_(std::move(handle)),
      cached_for_(options.cached_for) {
  for (auto asked : options.overridden)
    overridden_ |= static_cast<unsigned>(asked);
}

std::string asked_actor::description() const {
  return "whom an actor lets through";
}

bool asked_actor::overrides(question asked) const {
  return (overridden_ & static_cast<unsigned>(asked)) != 0;
}

permission detail::mount(std::string name, permission_actor handle,
                         const actor_options& options) {
  return permission(std::make_shared<const asked_actor>(
      std::move(name), std::move(handle), options));
}

permission_actor detail::as_permission_actor(const caf::actor& handle) {
  return caf::actor_cast<permission_actor>(handle);
}

} // namespace stagedoor
