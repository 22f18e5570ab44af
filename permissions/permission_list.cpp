#include "stagedoor/permissions/permission_list.hpp"

#include "stagedoor/permissions/evaluation.hpp"

#include <algorithm>

namespace stagedoor {

bool permission_list::overrides(question asked) const {
  return std::any_of(begin(), end(), [asked](const permission& next) {
    return next->overrides(asked);
  });
}

bool permission_list::allows_all_of(const scope& scope) const {
  try {
    return std::all_of(begin(), end(), [&scope](const permission& next) {
      return next->allows_all_of(scope);
    });
  } catch (...) {
    return false; // It is asked then.
  }
}

decision permission_list::can_connect(const scope& scope) const noexcept {
  for (const permission& next : permissions_)
    if (auto answer = evaluation::ask_at_once(*next, question::can_connect,
                                              scope, "connect", request{});
        !answer.is_allowed())
      return answer;
  return allow();
}

decision
permission_list::has_permission(const request& request) const noexcept {
  for (const permission& next : permissions_)
    if (auto answer =
            evaluation::ask_at_once(*next, question::has_permission,
                                    request.scope(), request.action(), request);
        !answer.is_allowed())
      return answer;
  return allow();
}

decision permission_list::has_object_permission(
    const request& request, const json::value& object) const noexcept {
  for (const permission& next : permissions_)
    if (auto answer = evaluation::ask_at_once(
            *next, question::has_object_permission, request.scope(),
            request.action(), request, &object);
        !answer.is_allowed())
      return answer;
  return allow();
}

} // namespace stagedoor
