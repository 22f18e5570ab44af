#include "stagedoor/permissions/builtin.hpp"

#include <algorithm>
#include <string_view>

namespace stagedoor {

namespace {

using texts = std::vector<std::string>;

bool contains(const texts& all, std::string_view wanted) {
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

/// The user in a reason.
std::string name_of(const user& user) {
  if (!user.is_authenticated())
    return "the anonymous user";
  return user.username.empty() ? "user " + to_json(user.id) : user.username;
}

/// `"a", "b"`, for names and reasons.
std::string in_quotes(const texts& all) {
  std::string result;
  for (const auto& text : all)
    result += (result.empty() ? "\"" : ", \"") + text + '"';
  return result;
}

/// Whether a user is logged in and has a quality. One who was switched off
/// after the login counts as nobody.
bool is_allowed(const user& user, bool has_quality = true) {
  return user.is_authenticated() && user.is_active && has_quality;
}

/// Denies who is not logged in, else whoever does not have it.
decision require(const user& user, bool has_quality, std::string_view quality) {
  if (is_allowed(user, has_quality))
    return allow();
  if (!user.is_authenticated())
    return deny().because("nobody is logged in");
  if (!user.is_active)
    return deny().because(name_of(user) + " is not active");
  return deny().because(name_of(user).append(" is ").append(quality));
}

struct allow_any_rule {
  static std::string_view name() { return "AllowAny"; }
  static std::string_view description() { return "everybody"; }
  static bool allows_all_of(const scope&) { return true; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return true;
  }
};

struct deny_all_rule {
  static std::string_view name() { return "DenyAll"; }
  static std::string_view description() { return "nobody"; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return false;
  }
};

struct is_authenticated_rule {
  static std::string_view name() { return "IsAuthenticated"; }
  static std::string_view description() { return "users who are logged in"; }
  static bool allows_all_of(const scope& scope) {
    return is_allowed(scope.user);
  }
  static decision has_permission(const scope& scope, std::string_view,
                                 const request&) {
    return require(scope.user, true, {});
  }
};

struct is_authenticated_strictly_rule : is_authenticated_rule {
  static std::string_view name() { return "IsAuthenticatedStrictly"; }
  static decision can_connect(const scope& scope) {
    return require(scope.user, true, {});
  }
};

struct is_authenticated_or_read_only_rule {
  texts safe_actions;

  [[nodiscard]] std::string name() const {
    return "IsAuthenticatedOrReadOnly"
           + (safe_actions.empty() ? "" : '(' + in_quotes(safe_actions) + ')');
  }
  static std::string_view description() {
    return "users who are logged in, everybody to read";
  }
  [[nodiscard]] decision has_permission(const scope& scope,
                                        std::string_view action,
                                        const request&) const {
    if (action == "list" || action == "retrieve"
        || contains(safe_actions, action))
      return allow();
    return require(scope.user, true, {});
  }
};

struct is_admin_user_rule {
  static std::string_view name() { return "IsAdminUser"; }
  static std::string_view description() { return "staff"; }
  static bool allows_all_of(const scope& scope) {
    return is_allowed(scope.user, scope.user.is_staff);
  }
  static decision has_permission(const scope& scope, std::string_view,
                                 const request&) {
    return require(scope.user, scope.user.is_staff, "not staff");
  }
};

struct is_superuser_rule {
  static std::string_view name() { return "IsSuperUser"; }
  static std::string_view description() { return "superusers"; }
  static bool allows_all_of(const scope& scope) {
    return is_allowed(scope.user, scope.user.is_superuser);
  }
  static decision has_permission(const scope& scope, std::string_view,
                                 const request&) {
    return require(scope.user, scope.user.is_superuser, "not a superuser");
  }
};

struct is_owner_rule {
  std::string field;

  [[nodiscard]] std::string name() const {
    return "IsOwner(\"" + field + "\")";
  }
  [[nodiscard]] std::string description() const {
    return "the user whose id is the object's " + field;
  }
  [[nodiscard]] decision
  has_object_permission(const scope& scope, std::string_view, const request&,
                        const json::value& object) const {
    const auto* fields = object.if_object();
    const auto* owner =
        fields != nullptr ? fields->if_contains(field) : nullptr;
    return require(scope.user,
                   owner != nullptr && is_same_id(*owner, scope.user.id),
                   "not its " + field);
  }
};

/// Looks for any of some names in one of the user's lists.
struct any_of_rule {
  std::string_view title;
  std::string_view lets_through;
  std::string_view lacks;
  texts user::*own;
  texts wanted;

  [[nodiscard]] std::string name() const {
    return std::string(title) + '(' + in_quotes(wanted) + ')';
  }
  [[nodiscard]] std::string description() const {
    return std::string(lets_through) + in_quotes(wanted);
  }
  [[nodiscard]] bool is_found(const user& user) const {
    const auto& all = user.*own;
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const auto& one) { return contains(all, one); });
  }
  [[nodiscard]] bool allows_all_of(const scope& scope) const {
    return is_allowed(scope.user, is_found(scope.user));
  }
  [[nodiscard]] decision has_permission(const scope& scope, std::string_view,
                                        const request&) const {
    return require(scope.user, is_found(scope.user), lacks);
  }
};

struct has_model_permission_rule {
  std::string codename;

  [[nodiscard]] std::string name() const {
    return "HasModelPermission(\"" + codename + "\")";
  }
  [[nodiscard]] std::string description() const {
    return "users who have it themselves or through a group, superusers";
  }
  [[nodiscard]] texts codenames() const { return {codename}; }
  [[nodiscard]] bool is_granted(const user& user) const {
    return user.is_superuser || contains(user.permissions, codename)
           || contains(user.group_permissions, codename);
  }
  [[nodiscard]] bool allows_all_of(const scope& scope) const {
    return is_allowed(scope.user, is_granted(scope.user));
  }
  [[nodiscard]] decision has_permission(const scope& scope, std::string_view,
                                        const request&) const {
    return require(scope.user, is_granted(scope.user),
                   "without it, in person and through groups");
  }
};

} // namespace

permission allow_any() {
  return allow_any_rule{};
}

permission deny_all() {
  return deny_all_rule{};
}

permission is_authenticated() {
  return is_authenticated_rule{};
}

permission is_authenticated_strictly() {
  return is_authenticated_strictly_rule{};
}

permission
is_authenticated_or_read_only(std::vector<std::string> safe_actions) {
  return is_authenticated_or_read_only_rule{std::move(safe_actions)};
}

permission is_admin_user() {
  return is_admin_user_rule{};
}

permission is_superuser() {
  return is_superuser_rule{};
}

permission is_owner(std::string field) {
  return is_owner_rule{std::move(field)};
}

permission has_any_role(std::vector<std::string> roles) {
  return any_of_rule{"HasRole", "users with the role ", "none of them",
                     &user::roles, std::move(roles)};
}

permission in_any_group(std::vector<std::string> groups) {
  return any_of_rule{"InGroup", "users in the group ", "in none of them",
                     &user::groups, std::move(groups)};
}

permission has_model_permission(std::string codename) {
  return has_model_permission_rule{std::move(codename)};
}

} // namespace stagedoor
