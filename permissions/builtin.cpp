#include "stagedoor/permissions/builtin.hpp"

#include <string_view>

namespace stagedoor {

namespace {

/// A user who was switched off after the login counts as nobody.
bool is_logged_in(const user& user) {
  return user.is_authenticated() && user.is_active;
}

struct allow_any_rule {
  static std::string_view name() { return "AllowAny"; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return true;
  }
};

struct deny_all_rule {
  static std::string_view name() { return "DenyAll"; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return false;
  }
};

struct is_authenticated_rule {
  static std::string_view name() { return "IsAuthenticated"; }
  static bool has_permission(const scope& scope, std::string_view,
                             const request&) {
    return is_logged_in(scope.user);
  }
};

struct is_authenticated_strictly_rule {
  static std::string_view name() { return "IsAuthenticatedStrictly"; }
  static bool can_connect(const scope& scope) {
    return is_logged_in(scope.user);
  }
  static bool has_permission(const scope& scope, std::string_view,
                             const request&) {
    return is_logged_in(scope.user);
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

} // namespace stagedoor
