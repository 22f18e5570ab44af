#pragma once

#include "stagedoor/protocol/user.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The user that a credential belongs to, and the time when it expires.
struct identity {
  user who;
  /// The expiry by the wall clock; absent if the credential never expires.
  std::optional<std::chrono::system_clock::time_point> expires;
};

/// Turns a bearer token into a user.
/// Thread rule: many threads may ask at the same time.
class authenticator {
public:
  virtual ~authenticator();

  /// @returns the identity, or nothing if the token is refused.
  [[nodiscard]] virtual std::optional<identity>
  authenticate(std::string_view token) const = 0;

  /// Does the same, and says why a token is refused. The server asks this.
  /// @param why becomes a few words for the log, such as `expired`, without any
  ///        part of the token. By default it stays empty.
  [[nodiscard]] virtual std::optional<identity> examine(std::string_view token,
                                                        std::string& why) const;
};

using authenticator_ptr = std::shared_ptr<const authenticator>;

/// Returns an authenticator that refuses every token, for servers without
/// users.
authenticator_ptr no_users();

/// Returns an authenticator that asks `parts` in order, until one of them
/// accepts the token.
/// @param parts must not contain null.
authenticator_ptr any_of_authenticators(std::vector<authenticator_ptr> parts);

} // namespace stagedoor
