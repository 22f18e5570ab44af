#include "stagedoor/actors/description/actor_permission.hpp"

#include "stagedoor/protocol/assert.hpp"

#include <utility>

namespace stagedoor {

asked_for::asked_for(std::vector<question> questions)
    : overridden(std::move(questions)) {
  STAGEDOOR_ASSERT(!overridden.empty());
}

asked_actor::asked_actor(std::string name, replicas answering,
                         const actor_options& options)
    : name_(std::move(name)),
      answering_(std::make_shared<const replicas>(std::move(answering))),
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

permission detail::mount(std::string name, replicas answering,
                         const actor_options& options) {
  return permission(std::make_shared<const asked_actor>(
      std::move(name), std::move(answering), options));
}

} // namespace stagedoor
