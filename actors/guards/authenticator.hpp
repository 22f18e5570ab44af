#pragma once

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"

#include "caf/expected.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

namespace stagedoor {

struct authenticator_state {
  static inline const char* name = "stagedoor.authenticator";
};

/// Tells connections who has a bearer token.
///
/// Receives: credentials (connection).
/// Sends: the user, or nothing, back.
/// Limits: the connection's `can_connect_timeout`.
/// Ends when: the unit ends.
/// Next on the path: back in connection.hpp.
authenticator_actor::behavior_type
authenticate(pinned_pointer<authenticator_actor, authenticator_state> self,
             authenticator_ptr users);

class ask_authenticator_state {
public:
  using pointer = pinned_pointer<authenticator_actor, ask_authenticator_state>;

  static inline const char* name = "stagedoor.authenticator";

  explicit ask_authenticator_state(pointer self) : self_(self) {}
  /// Answers what it owes: a dying actor breaks no promise by itself.
  ~ask_authenticator_state();

  authenticator_actor::behavior_type start(replicas answering,
                                           runtime_ptr shared);

private:
  struct open_question {
    caf::typed_response_promise<authentication> promise;
    caf::actor_addr asked;
  };

  caf::result<authentication> ask(credentials& given);
  void finish(std::uint64_t id, caf::expected<authentication> answer);
  void someone_died(const caf::actor_addr& who);

  pointer self_;
  std::optional<replica_set> answering_;
  /// Of CAF's, which forgets what is never answered.
  limits::duration timeout_{};
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, open_question> open_;
};

/// Asks the application's own authenticator for connections, and answers for it
/// when it is gone.
///
/// Receives: credentials (connection); answers and deaths of those it asks.
/// Sends: the credentials to one of them, its answer back.
/// Limits: twice `can_connect_timeout`, when the connection has given up.
/// Ends when: the unit ends.
/// Next on the path: back in connection.hpp.
authenticator_actor::behavior_type
ask_authenticator(ask_authenticator_state::pointer self, replicas answering,
                  runtime_ptr shared);

} // namespace stagedoor
