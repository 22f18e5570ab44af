#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <initializer_list>
#include <vector>

namespace stagedoor {

/// A list of permissions, all of which must allow. They are asked in order, up
/// to the first that does not allow. An empty list allows. A permission that
/// throws is an error, which denies.
class permission_list {
public:
  permission_list() = default;
  permission_list(std::initializer_list<permission> permissions)
      : permissions_(permissions) {}

  void append(const permission& next) { permissions_.push_back(next); }
  void append(const permission_list& next) {
    permissions_.insert(permissions_.end(), next.permissions_.begin(),
                        next.permissions_.end());
  }

  [[nodiscard]] bool empty() const { return permissions_.empty(); }
  [[nodiscard]] auto begin() const { return permissions_.begin(); }
  [[nodiscard]] auto end() const { return permissions_.end(); }

  /// Returns whether a permission of the list overrides the question.
  [[nodiscard]] bool overrides(question asked) const;

  /// Returns whether the list allows every message of this scope, without
  /// asking; see `permission_base::allows_all_of`. One that throws does not.
  [[nodiscard]] bool allows_all_of(const scope& scope) const;

  // -- asking right here: for tests, and for lists that only compute ----------
  // A server asks through its permission pool instead, see evaluation.hpp. Here
  // a permission that an actor answers is an error.

  [[nodiscard]] decision can_connect(const scope& scope) const noexcept;
  [[nodiscard]] decision has_permission(const request& request) const noexcept;
  [[nodiscard]] decision
  has_object_permission(const request& request,
                        const json::value& object) const noexcept;

private:
  std::vector<permission> permissions_;
};

} // namespace stagedoor
