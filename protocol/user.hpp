#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include "caf/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Who is on the other side of a connection. The anonymous user is a value: a
/// default-constructed `user`, whose id is null and whose name is empty.
struct user {
  /// An integer, a string, or null for the anonymous user.
  json::value id;
  std::string username;
  bool is_active = true;
  bool is_staff = false;
  bool is_superuser = false;
  std::vector<std::string> roles;
  std::vector<std::string> groups;
  /// Codenames that the user has in person.
  std::vector<std::string> permissions;
  /// Codenames that the user has through the groups; whoever makes the user
  /// fills it in.
  std::vector<std::string> group_permissions;
  /// What the application wants to know besides.
  json::object attributes;

  [[nodiscard]] bool is_authenticated() const { return !id.is_null(); }
};

/// A user's id as text: an integer and the string that spells it are the same
/// user. Empty for the anonymous user.
std::string spell_id(const json::value& id);

/// Whether two values name the same user; the anonymous user is nobody, not
/// even itself. What is no integer and no string is no id.
bool is_same_id(const json::value& left, const json::value& right);

/// Reads the JSON texts that `inspect` carries back into `x`.
caf::error load_user(user& x, const std::string& id,
                     const std::string& attributes);

/// JSON travels between nodes as text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, user& x) {
  std::string id;
  std::string attributes;
  if constexpr (caf_api::reads_object<Inspector>) {
    id = to_json(x.id);
    attributes = to_json(json::value(x.attributes));
  }
  auto load = [&]() -> caf::error { return load_user(x, id, attributes); };
  return caf_api::inspect_loaded(f, x, "stagedoor::user", load, id, x.username,
                                 x.is_active, x.is_staff, x.is_superuser,
                                 x.roles, x.groups, x.permissions,
                                 x.group_permissions, attributes);
}

} // namespace stagedoor
