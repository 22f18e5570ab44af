#pragma once

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/expected.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <optional>

namespace stagedoor {

class authenticator_proxy_state {
public:
  using pointer =
      pinned_pointer<authenticator_actor, authenticator_proxy_state>;

  static inline const char* name = "stagedoor.authenticator_proxy";

  explicit authenticator_proxy_state(pointer self) : self_(self) {}

  /// Answers what it owes: a dying actor breaks no promise by itself.
  ~authenticator_proxy_state();

  authenticator_actor::behavior_type start(replicas authenticators,
                                           const runtime_ptr& shared);

private:
  struct open_question {
    caf::typed_response_promise<authentication> promise;
    caf::actor_addr asked;
  };

  caf::result<authentication> ask(credentials& given);
  void finish(std::uint64_t id, caf::expected<authentication> answer);
  void authenticator_died(const caf::actor_addr& address);

  pointer self_;
  std::optional<replica_set> authenticators_;
  /// After this time CAF forgets a question that is never answered.
  limits::duration timeout_{};
  open_requests<open_question> open_;
};

/// Asks the application's own authenticator actors who has a bearer token, on
/// behalf of one unit's connections, and answers for an authenticator that is
/// gone.
///
/// Receives: credentials (connection); answers and deaths of authenticators.
/// Sends: the credentials to one of the authenticators, its answer back.
/// Limits: twice `can_connect_timeout`, when the connection has given up.
/// Ends when: the unit ends.
/// Next on the path: back in connection.hpp.
authenticator_actor::behavior_type
authenticator_proxy(authenticator_proxy_state::pointer self,
                    replicas authenticators, const runtime_ptr& shared);

} // namespace stagedoor
