#pragma once

#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/credentials/group_table.hpp"

#include "caf/expected.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace stagedoor {

/// Users with their bearer tokens from a JSON file. Only digests of the tokens
/// are kept.
class users_file final : public authenticator {
public:
  /// The contents of a file; `parse_users` makes them.
  struct contents;

  explicit users_file(std::unique_ptr<const contents> read);
  ~users_file() override;

  /// Refuses users who are not active. The identities never expire.
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override;
  [[nodiscard]] std::optional<identity>
  examine(std::string_view token, std::string& why) const override;

  /// Finds a user by name, active or not, for tools that have no token.
  /// @returns the user, who lives as long as this object; null if there is
  ///          none.
  [[nodiscard]] const user* find(std::string_view username) const;

  /// Returns the groups of the file; empty if it has none.
  [[nodiscard]] const group_table& groups() const;

private:
  std::unique_ptr<const contents> read_;
};

using users_file_ptr = std::shared_ptr<const users_file>;

/// Reads users with their tokens from the JSON text of a users file:
/// `{"users":[{"id":1,"username":"alice","token":"…"}]}`. Optional keys of a
/// user are `is_active`, `is_staff`, `is_superuser`, `roles`, `groups`,
/// `permissions` and `attributes`; `comment` is ignored, and any other key is
/// an error. Ids, names and tokens must be unique.
///
/// Beside `users` may stand `"groups":{"editors":["articles.edit_article"]}`:
/// the codenames that each group gives, which become the `group_permissions` of
/// its users. If it is there, each group of a user must be one of these.
/// @param origin the name of the file for errors.
/// @returns errc::invalid_users_file with a line that names the file and the
///          entry.
caf::expected<users_file_ptr> parse_users(std::string_view text,
                                          std::string_view origin);

/// Reads a users file of at most 16 MiB; see `parse_users`.
caf::expected<users_file_ptr> read_users_file(const std::string& path);

/// Reads one user from a JSON object such as `{"id":1}`, for tools that are
/// asked about a user who is in no file. The keys are those of a users file
/// without the token, and `group_permissions`. Only `id` is required; it is
/// also the default of the name.
/// @returns errc::invalid_users_file with a line that names the key.
caf::expected<user> parse_user(std::string_view json_text);

} // namespace stagedoor
