#include "stagedoor/actors/permission_worker.hpp"

namespace stagedoor {

decision evaluate(const permission_check& check) noexcept {
  switch (check.asked) {
  case question::can_connect:
    return check.list->can_connect(check.about.scope());
  case question::has_permission:
    return check.list->has_permission(check.about);
  case question::has_object_permission:
    break;
  }
  return decision_error("a question that nobody asks through the pool");
}

permission_worker_actor::behavior_type permission_worker(
    pinned_pointer<permission_worker_actor, permission_worker_state>) {
  return {[](const permission_check& check) { return evaluate(check); }};
}

} // namespace stagedoor
