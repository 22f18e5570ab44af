#include "stagedoor/permissions/credentials/users_file.hpp"

#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/permissions/credentials/file_text.hpp"
#include "stagedoor/permissions/credentials/json_fields.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <openssl/evp.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace stagedoor {

using token_digest = std::array<unsigned char, 32>;

/// Users are found by the digest of their token. How long the comparisons of a
/// look-up take tells how many leading bytes of two *digests* agree; nobody can
/// choose a token for the digest that it will have, so that time tells nothing
/// about a token. The tokens themselves are not kept in memory either.
struct users_file::contents {
  std::map<token_digest, user> users;
  /// Points into `users`.
  std::map<std::string, const user*, std::less<>> by_name;
  group_table groups;
};

namespace {

/// The SHA-256 of a token, or nothing if OpenSSL cannot compute it.
std::optional<token_digest> digest_of(std::string_view token) {
  token_digest result{};
  unsigned size = 0;
  if (EVP_Digest(token.data(), token.size(), result.data(), &size, EVP_sha256(),
                 nullptr)
          != 1
      || size != result.size())
    return std::nullopt;
  return result;
}

/// Reads a key that a user has anywhere.
/// @returns nothing if it is no such key.
std::optional<complaint> read_user_key(std::string_view key,
                                       const json::value& value, user& out) {
  if (key == "id")
    return read_id(key, value, out.id);
  if (key == "username")
    return read_text(key, value, out.username);
  if (key == "is_active")
    return read_flag(key, value, out.is_active);
  if (key == "is_staff")
    return read_flag(key, value, out.is_staff);
  if (key == "is_superuser")
    return read_flag(key, value, out.is_superuser);
  if (key == "roles")
    return read_texts(key, value, out.roles);
  if (key == "groups")
    return read_texts(key, value, out.groups);
  if (key == "permissions")
    return read_texts(key, value, out.permissions);
  if (key == "attributes") {
    if (!value.is_object())
      return about(key, "must be an object");
    out.attributes = value.get_object();
    return complaint{};
  }
  return std::nullopt;
}

/// One entry of `users` while it is read.
struct entry {
  user who;
  std::string token;
};

complaint read_key(std::string_view key, const json::value& value, entry& out) {
  if (key == "token")
    return read_text(key, value, out.token);
  if (key == "comment")
    return {};
  auto wrong = read_user_key(key, value, out.who);
  return wrong ? *wrong : about(key, "is not a known key");
}

complaint read_entry(const json::value& value, entry& out) {
  if (!value.is_object())
    return "must be an object";
  const auto& object = value.get_object();
  for (const auto& [key, field] : object)
    if (auto wrong = read_key(key, field, out); !wrong.empty())
      return wrong;
  for (std::string_view key : {"id", "username", "token"})
    if (!object.contains(key))
      return about(key, "is missing");
  return {};
}

/// Reads the entries one by one and watches over what must be unique.
class users_reader {
public:
  complaint set_groups(const json::value& value) {
    if (!value.is_object())
      return about("groups", "must be an object");
    has_groups_ = true;
    for (const auto& [name, codenames] : value.get_object())
      if (!read_texts(name, codenames, read_->groups[name]).empty())
        return "group " + to_json(json::value(name))
               + ": must be a list of non-empty strings";
    return {};
  }

  /// Reads an entry of `users`, after the groups.
  complaint add(const json::value& value) {
    entry next;
    if (auto wrong = read_entry(value, next); !wrong.empty())
      return wrong;
    auto& who = next.who;
    // Permissions take an integer id and its decimal spelling for the same.
    if (!ids_.insert(spell_id(who.id)).second)
      return about("id", "is taken by an earlier entry");
    if (read_->by_name.contains(who.username))
      return about("username", "is taken by an earlier entry");
    if (auto wrong = check_groups(who); !wrong.empty())
      return wrong;
    who.group_permissions = codenames_of(who.groups, read_->groups);
    const auto digest = digest_of(next.token);
    if (!digest)
      return about("token", "cannot be digested with SHA-256");
    const auto [where, is_new] = read_->users.emplace(*digest, std::move(who));
    if (!is_new)
      return about("token", "is taken by an earlier entry");
    read_->by_name.emplace(where->second.username, &where->second);
    return {};
  }

  [[nodiscard]] users_file_ptr result() {
    return std::make_shared<users_file>(std::move(read_));
  }

private:
  /// A name that the table does not know is a slip of the pen, or of the table.
  [[nodiscard]] complaint check_groups(const user& member) const {
    if (has_groups_)
      for (const auto& group : member.groups)
        if (!read_->groups.contains(group))
          return about("groups", "names the unknown group ")
                 + to_json(json::value(group));
    return {};
  }

  std::set<std::string> ids_;
  bool has_groups_ = false;
  std::unique_ptr<users_file::contents> read_ =
      std::make_unique<users_file::contents>();
};

complaint read_users(const json::value& file, users_reader& out) {
  if (!file.is_object())
    return "must be an object with the key \"users\"";
  const json::array* users = nullptr;
  for (const auto& [key, value] : file.get_object()) {
    if (key == "users") {
      users = value.if_array();
      if (users == nullptr)
        return about(key, "must be a list");
    } else if (key == "groups") {
      if (auto wrong = out.set_groups(value); !wrong.empty())
        return wrong;
    } else if (key != "comment") {
      return about(key, "is not a known key");
    }
  }
  if (users == nullptr)
    return about("users", "is missing");
  std::size_t number = 0;
  for (const auto& value : *users) {
    ++number;
    if (auto wrong = out.add(value); !wrong.empty())
      return "entry " + std::to_string(number) + ": " + wrong;
  }
  return {};
}

complaint read_user(const json::value& value, user& out) {
  if (!value.is_object())
    return "must be an object";
  for (const auto& [key, field] : value.get_object()) {
    auto wrong = key == "group_permissions"
                     ? read_texts(key, field, out.group_permissions)
                     : read_user_key(key, field, out);
    if (!wrong)
      return about(key, "is not a known key");
    if (!wrong->empty())
      return *wrong;
  }
  if (out.id.is_null())
    return about("id", "is missing");
  if (out.username.empty())
    out.username = spell_id(out.id);
  return {};
}

caf::error invalid_users(std::string_view origin, std::string_view problem) {
  return make_error(errc::invalid_users_file,
                    std::string(origin).append(": ").append(problem));
}

} // namespace

users_file::users_file(std::unique_ptr<const contents> read)
    : read_(std::move(read)) {}

users_file::~users_file() = default;

std::optional<identity> users_file::authenticate(std::string_view token) const {
  std::string ignored;
  return examine(token, ignored);
}

std::optional<identity> users_file::examine(std::string_view token,
                                            std::string& why) const {
  const auto digest = digest_of(token);
  const auto found = digest ? read_->users.find(*digest) : read_->users.end();
  if (found == read_->users.end()) {
    why = "no user of the users file has this token";
    return std::nullopt;
  }
  if (!found->second.is_active) {
    why = "user " + to_json(found->second.id) + " is not active";
    return std::nullopt;
  }
  return identity{found->second, std::nullopt};
}

const user* users_file::find(std::string_view username) const {
  const auto found = read_->by_name.find(username);
  return found == read_->by_name.end() ? nullptr : found->second;
}

const group_table& users_file::groups() const {
  return read_->groups;
}

caf::expected<users_file_ptr> parse_users(std::string_view text,
                                          std::string_view origin) {
  const auto file = parse_json(text, credential_limits::users_depth_max);
  if (!file)
    return invalid_users(origin, "is not valid JSON");
  users_reader reader;
  if (auto wrong = read_users(*file, reader); !wrong.empty())
    return invalid_users(origin, wrong);
  return reader.result();
}

caf::expected<users_file_ptr> read_users_file(const std::string& path) {
  std::string text;
  if (auto wrong =
          read_file_text(path, credential_limits::users_file_bytes_max, text);
      !wrong.empty())
    return invalid_users(path, wrong);
  return parse_users(text, path);
}

caf::expected<user> parse_user(std::string_view json_text) {
  const auto value = parse_json(json_text, credential_limits::users_depth_max);
  if (!value)
    return make_error(errc::invalid_users_file, "is not valid JSON");
  user result;
  if (auto wrong = read_user(*value, result); !wrong.empty())
    return make_error(errc::invalid_users_file, std::move(wrong));
  return result;
}

} // namespace stagedoor
