#include "stagedoor/actors/actor_permission.hpp"

#include "caf/actor_cast.hpp"

#include <utility>

namespace stagedoor {

asked_actor::asked_actor(std::string name, permission_actor handle,
                         const std::vector<question>& overridden,
                         std::chrono::milliseconds cached_for)
    : name_(std::move(name)), handle_(std::move(handle)),
      cached_for_(cached_for) {
  for (auto asked : overridden)
    overridden_ |= static_cast<unsigned>(asked);
}

std::string asked_actor::description() const {
  return "whom an actor lets through";
}

bool asked_actor::overrides(question asked) const {
  return (overridden_ & static_cast<unsigned>(asked)) != 0;
}

permission actor_permission(std::string name, permission_actor handle,
                            const std::vector<question>& overridden,
                            std::chrono::milliseconds cached_for) {
  return permission(std::make_shared<const asked_actor>(
      std::move(name), std::move(handle), overridden, cached_for));
}

permission actor_permission(std::string name, const caf::actor& handle,
                            const std::vector<question>& overridden,
                            std::chrono::milliseconds cached_for) {
  return actor_permission(std::move(name),
                          caf::actor_cast<permission_actor>(handle), overridden,
                          cached_for);
}

} // namespace stagedoor
