#include "stagedoor/permissions/authenticator.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

/// How deep `attributes` may nest, with the three levels around it.
constexpr std::size_t users_depth_max = 32;

/// Bytes of a users file: a wrong path must not fill the memory.
constexpr std::size_t users_file_bytes_max = 16 * 1024 * 1024;

using token_digest = std::array<unsigned char, 32>;

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

/// Finds users by the digest of their token. How long the comparisons of a
/// look-up take tells how many leading bytes of two *digests* agree; nobody can
/// choose a token for the digest that it will have, so that time tells nothing
/// about a token. The tokens themselves are not kept in memory either.
class users_file : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    const auto digest = digest_of(token);
    if (!digest)
      return std::nullopt;
    const auto found = users_.find(*digest);
    if (found == users_.end() || !found->second.is_active)
      return std::nullopt;
    return identity{found->second, std::nullopt};
  }

  /// @returns false if another user has that token.
  bool add(const token_digest& digest, user next) {
    return users_.emplace(digest, std::move(next)).second;
  }

private:
  std::map<token_digest, user> users_;
};

/// What is wrong with a users file, without its name; empty if nothing is.
using complaint = std::string;

complaint about(std::string_view key, std::string_view what) {
  return std::string("\"").append(key).append("\" ").append(what);
}

complaint read_text(std::string_view key, const json::value& value,
                    std::string& out) {
  const auto* text = value.if_string();
  if (text == nullptr || text->empty())
    return about(key, "must be a non-empty string");
  out.assign(text->data(), text->size());
  return {};
}

complaint read_flag(std::string_view key, const json::value& value, bool& out) {
  if (!value.is_bool())
    return about(key, "must be true or false");
  out = value.get_bool();
  return {};
}

complaint read_texts(std::string_view key, const json::value& value,
                     std::vector<std::string>& out) {
  constexpr std::string_view what = "must be a list of non-empty strings";
  if (!value.is_array())
    return about(key, what);
  for (const auto& item : value.get_array())
    if (!read_text(key, item, out.emplace_back()).empty())
      return about(key, what);
  return {};
}

complaint read_id(const json::value& value, json::value& out) {
  const bool is_integer = value.is_int64() || value.is_uint64();
  const auto* text = value.if_string();
  if (!is_integer && (text == nullptr || text->empty()))
    return about("id", "must be an integer or a non-empty string");
  out = value;
  return {};
}

/// One entry of `users` while it is read.
struct entry {
  user who;
  std::string token;
};

complaint read_key(std::string_view key, const json::value& value, entry& out) {
  auto& who = out.who;
  if (key == "id")
    return read_id(value, who.id);
  if (key == "username")
    return read_text(key, value, who.username);
  if (key == "token")
    return read_text(key, value, out.token);
  if (key == "is_active")
    return read_flag(key, value, who.is_active);
  if (key == "is_staff")
    return read_flag(key, value, who.is_staff);
  if (key == "is_superuser")
    return read_flag(key, value, who.is_superuser);
  if (key == "roles")
    return read_texts(key, value, who.roles);
  if (key == "groups")
    return read_texts(key, value, who.groups);
  if (key == "permissions")
    return read_texts(key, value, who.permissions);
  if (key == "attributes") {
    if (!value.is_object())
      return about(key, "must be an object");
    who.attributes = value.get_object();
    return {};
  }
  return key == "comment" ? complaint{} : about(key, "is not a known key");
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
  complaint add(const json::value& value) {
    entry next;
    if (auto wrong = read_entry(value, next); !wrong.empty())
      return wrong;
    // Permissions take an integer id and its decimal spelling for the same.
    const auto& id = next.who.id;
    auto spelling = id.is_string() ? std::string(id.get_string()) : to_json(id);
    if (!ids_.insert(std::move(spelling)).second)
      return about("id", "is taken by an earlier entry");
    if (!names_.insert(next.who.username).second)
      return about("username", "is taken by an earlier entry");
    const auto digest = digest_of(next.token);
    if (!digest)
      return about("token", "cannot be digested with SHA-256");
    if (!users_->add(*digest, std::move(next.who)))
      return about("token", "is taken by an earlier entry");
    return {};
  }

  [[nodiscard]] authenticator_ptr result() const { return users_; }

private:
  std::set<std::string> ids_;
  std::set<std::string> names_;
  std::shared_ptr<users_file> users_ = std::make_shared<users_file>();
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

caf::error invalid(std::string_view origin, std::string_view what) {
  return make_error(errc::invalid_users_file,
                    std::string(origin).append(": ").append(what));
}

} // namespace

caf::expected<authenticator_ptr> parse_users(std::string_view text,
                                             std::string_view origin) {
  const auto file = parse_json(text, users_depth_max);
  if (!file)
    return invalid(origin, "is not valid JSON");
  users_reader reader;
  if (auto wrong = read_users(*file, reader); !wrong.empty())
    return invalid(origin, wrong);
  return reader.result();
}

caf::expected<authenticator_ptr> read_users_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // One byte more than allowed tells a file that is too long.
  std::string text(users_file_bytes_max + 1, '\0');
  if (file)
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // The end of a short file is no error here; reading a directory is.
  if (!file.is_open() || file.bad())
    return invalid(path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > users_file_bytes_max)
    return invalid(path, "is longer than "
                             + std::to_string(users_file_bytes_max) + " bytes");
  return parse_users(text, path);
}

} // namespace stagedoor
