#pragma once

#include "stagedoor/protocol/user.hpp"

#include "caf/expected.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Whom a credential belongs to, and until when.
struct identity {
  user who;
  /// When the credential ends, by the wall clock; absent: never.
  std::optional<std::chrono::system_clock::time_point> expires;
};

/// Turns a bearer token into a user.
/// Thread rule: asked from any thread, at the same time.
class authenticator {
public:
  virtual ~authenticator();

  /// @returns the identity, or nothing if the token is refused.
  [[nodiscard]] virtual std::optional<identity>
  authenticate(std::string_view token) const = 0;
};

using authenticator_ptr = std::shared_ptr<const authenticator>;

/// Refuses every token; for servers without users.
authenticator_ptr no_users();

/// Reads users with their tokens from the JSON text of a users file:
/// `{"users":[{"id":1,"username":"alice","token":"…"}]}`; optional keys are
/// `is_active`, `is_staff`, `is_superuser`, `roles`, `groups`, `permissions`
/// and `attributes`; `comment` is ignored, any other key is an error. Ids,
/// names and tokens are unique. A user who is not active is refused.
/// @param origin names the file in errors.
/// @returns errc::invalid_users_file with a line that names file and entry.
caf::expected<authenticator_ptr> parse_users(std::string_view text,
                                             std::string_view origin);

/// Reads a users file; see `parse_users`.
caf::expected<authenticator_ptr> read_users_file(const std::string& path);

} // namespace stagedoor
