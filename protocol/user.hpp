#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include "caf/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The user of a connection. The anonymous user is a default-constructed
/// `user`, whose id is null and whose name is empty.
struct user {
  /// An integer, a string, or null for the anonymous user.
  json::value id;
  std::string username;
  bool is_active = true;
  bool is_staff = false;
  bool is_superuser = false;
  std::vector<std::string> roles;
  std::vector<std::string> groups;
  /// Codenames of the permissions that the user has in person.
  std::vector<std::string> permissions;
  /// Codenames of the permissions that the user has through groups. The
  /// authenticator fills them in.
  std::vector<std::string> group_permissions;
  /// Whatever else the application wants to know of the user.
  json::object attributes;

  [[nodiscard]] bool is_authenticated() const { return !id.is_null(); }
};

/// Returns a user's id as text, so that an integer and the string that spells
/// it name the same user. The text of the anonymous user is empty.
std::string spell_id(const json::value& id);

/// Returns whether two ids name the same user. The anonymous user is not even
/// the same as itself. Only integers and strings are ids.
bool is_same_id(const json::value& left, const json::value& right);

/// Parses the JSON texts that `inspect` carries into `x`.
caf::error load_user(user& x, const std::string& id,
                     const std::string& attributes);

/// The id and the attributes travel between nodes as JSON text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, user& x) {
  std::string id;
  std::string attributes;
  if constexpr (caf_api::reads_object<Inspector>) {
    // An ID that was mended would be that of another user: the other node
    // refuses none at all.
    if (!append_json(id, x.id))
      id.clear();
    attributes = to_json(json::value(x.attributes));
  }
  auto load = [&]() -> caf::error { return load_user(x, id, attributes); };
  return caf_api::inspect_loaded(f, x, "stagedoor::user", load, id, x.username,
                                 x.is_active, x.is_staff, x.is_superuser,
                                 x.roles, x.groups, x.permissions,
                                 x.group_permissions, attributes);
}

} // namespace stagedoor
