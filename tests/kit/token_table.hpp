#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace stagedoor::testing {

/// Makes bearer tokens, and knows whose they are.
/// Thread rule: any thread.
class token_table final : public authenticator {
public:
  /// @returns a token that nobody else has.
  std::string add(identity whom);

  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override;

private:
  mutable std::mutex mutex_;
  std::map<std::string, identity, std::less<>> identities_;
};

struct token_desk_state {
  static inline const char* name = "stagedoor.testing.token_desk";
};

/// Knows the tokens of a table and asks an authenticator of the application
/// about all others.
///
/// Receives: credentials (connection).
/// Sends: the user, back; credentials that are not in the table (authenticator
/// of the application).
/// Limits: the connection's `can_connect_timeout`.
/// Ends when: the unit ends.
/// Next on the path: the authenticator of the application.
authenticator_actor::behavior_type
token_desk(pinned_pointer<authenticator_actor, token_desk_state> self,
           std::shared_ptr<const token_table> table, authenticator_actor next);

} // namespace stagedoor::testing
