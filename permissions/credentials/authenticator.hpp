#pragma once

#include "stagedoor/protocol/user.hpp"

#include <chrono>
#include <memory>
#include <optional>
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

/// Asks `parts` in order; the first that knows the token answers.
/// @param parts none of them null.
authenticator_ptr any_of_authenticators(std::vector<authenticator_ptr> parts);

} // namespace stagedoor
