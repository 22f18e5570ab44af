#pragma once

#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/credentials/group_table.hpp"

#include "caf/expected.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace stagedoor {

/// Users with their bearer tokens, from a JSON file. The tokens are kept as
/// digests only.
class users_file final : public authenticator {
public:
  /// What has been read; `parse_users` makes it.
  struct contents;

  explicit users_file(std::unique_ptr<const contents> read);
  ~users_file() override;

  /// Refuses a user who is not active. These identities never expire.
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override;

  /// Looks a user up by name, active or not: for tools that have no token.
  /// @returns null if there is none; else it lives as long as the file.
  [[nodiscard]] const user* find(std::string_view username) const;

  /// The groups of the file; empty if it has none.
  [[nodiscard]] const group_table& groups() const;

private:
  std::unique_ptr<const contents> read_;
};

using users_file_ptr = std::shared_ptr<const users_file>;

/// Reads users with their tokens from the JSON text of a users file:
/// `{"users":[{"id":1,"username":"alice","token":"…"}]}`; optional keys are
/// `is_active`, `is_staff`, `is_superuser`, `roles`, `groups`, `permissions`
/// and `attributes`; `comment` is ignored, any other key is an error. Ids,
/// names and tokens are unique.
///
/// Beside `users` may stand `"groups":{"editors":["articles.edit_article"]}`:
/// the codenames that each group gives, which become a user's
/// `group_permissions`. A group of a user must then be one of them.
/// @param origin names the file in errors.
/// @returns errc::invalid_users_file with a line that names file and entry.
caf::expected<users_file_ptr> parse_users(std::string_view text,
                                          std::string_view origin);

/// Reads a users file of at most 16 MiB; see `parse_users`.
caf::expected<users_file_ptr> read_users_file(const std::string& path);

/// Reads one user from a JSON object, for tools that are asked about a user who
/// is in no file: `{"id":1}`. The keys are those of a users file but for the
/// token, and `group_permissions`; only `id` is required, and the name defaults
/// to it.
/// @returns errc::invalid_users_file with a line that names the key.
caf::expected<user> parse_user(std::string_view json_text);

} // namespace stagedoor
