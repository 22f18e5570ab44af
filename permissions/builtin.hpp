#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

// The permissions that come with the library. Each overrides has_permission
// only, unless its comment says more. Those that look at the user deny the
// anonymous user and users who are not active.

/// Allows every message.
permission allow_any();

/// Denies every message.
permission deny_all();

/// Allows users who are logged in.
permission is_authenticated();

/// Allows users who are logged in; overrides can_connect as well.
permission is_authenticated_strictly();

/// Allows users who are logged in; everybody else may run `list`, `retrieve`
/// and the actions that are declared safe.
/// @param safe_actions further actions that change nothing.
permission
is_authenticated_or_read_only(std::vector<std::string> safe_actions = {});

/// Allows staff (`is_staff`).
permission is_admin_user();

/// Allows superusers (`is_superuser`).
permission is_superuser();

/// Allows the user whose id the object has under `field`; overrides
/// has_object_permission only. An integer equals the string that spells it.
permission is_owner(std::string field);

/// Allows users who have any of these roles.
permission has_any_role(std::vector<std::string> roles);

/// Allows users who are in any of these groups.
permission in_any_group(std::vector<std::string> groups);

/// The same, written `has_role("editor", "admin")`.
template <class... Roles>
permission has_role(std::string first, Roles... more) {
  return has_any_role({std::move(first), std::string(std::move(more))...});
}

/// The same, written `has_role({"editor", "admin"})`. Without it, the two
/// literals in braces would be one `std::string`: its begin and its end.
inline permission has_role(std::initializer_list<std::string> roles) {
  return has_any_role(roles);
}

/// The same, written `in_group("editors")`.
template <class... Groups>
permission in_group(std::string first, Groups... more) {
  return in_any_group({std::move(first), std::string(std::move(more))...});
}

inline permission in_group(std::initializer_list<std::string> groups) {
  return in_any_group(groups);
}

/// Allows users who have the codename (`posts.add_post`) themselves or through
/// a group, and superusers. The endpoint has to know the codename, see
/// `endpoint::codenames`.
permission has_model_permission(std::string codename);

// Two literals in braces are no field and no codename, though a `std::string`
// would take them for its begin and its end.
permission is_owner(std::initializer_list<std::string>) = delete;
permission has_model_permission(std::initializer_list<std::string>) = delete;

} // namespace stagedoor
