#include "stagedoor/permissions/permission_list.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>

namespace stagedoor {

namespace {

/// Turns what a permission threw into an error. Its name may throw as well, or
/// memory be short: then the error has no text, but it still denies.
decision error_of(const permission& thrower, std::string_view cause) noexcept {
  try {
    return decision_error(thrower->name().append(": ").append(cause));
  } catch (...) {
    return {decision::verdict::error, 500, {}, {}};
  }
}

/// Asks one permission after the other until one does not allow.
template <class Permissions, class Ask>
decision ask_all(const Permissions& permissions, Ask ask) noexcept {
  for (const permission& next : permissions) {
    try {
      decision answer = ask(*next);
      if (!answer.is_allowed())
        return answer;
    } catch (const std::exception& thrown) {
      return error_of(next, thrown.what());
    } catch (...) {
      return error_of(next, "threw what is no std::exception");
    }
  }
  return allow();
}

} // namespace

bool permission_list::overrides(question asked) const {
  return std::any_of(begin(), end(), [asked](const permission& next) {
    return next->overrides(asked);
  });
}

bool permission_list::is_blocking() const {
  return std::any_of(begin(), end(), [](const permission& next) {
    return next->is_blocking();
  });
}

decision permission_list::can_connect(const scope& scope) const noexcept {
  return ask_all(permissions_, [&](const permission_base& next) {
    return next.can_connect(scope);
  });
}

decision
permission_list::has_permission(const request& request) const noexcept {
  return ask_all(permissions_, [&](const permission_base& next) {
    return next.has_permission(request.scope(), request.action(), request);
  });
}

decision permission_list::has_object_permission(
    const request& request, const json::value& object) const noexcept {
  return ask_all(permissions_, [&](const permission_base& next) {
    return next.has_object_permission(request.scope(), request.action(),
                                      request, object);
  });
}

} // namespace stagedoor
