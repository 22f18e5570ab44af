#pragma once

#include "stagedoor/actors/cluster/batch_ways.hpp"
#include "stagedoor/actors/cluster/request_batches.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <optional>

namespace stagedoor {

class request_sender_state : request_line {
public:
  using pointer = pinned_pointer<request_sender_actor, request_sender_state>;

  static inline const char* name = "stagedoor.request_sender";

  explicit request_sender_state(pointer self) : self_(self) {}

  request_sender_actor::behavior_type start(const runtime_ptr& shared);

private:
  void answer(far_request& message, answer_promise<reply> promise) override;
  void answered(const request_answers& some);

  pointer self_;
  // Nothing before `start`.
  std::optional<
      batch_ways<request_sender_actor, request_answerer_actor, request_packer,
                 reply, cluster_limits::requests_per_batch_max>>
      ways_;
};

/// Sends the messages that a unit has for the handlers of other nodes: all that
/// a turn has for one unit there with one message, in their order. Each message
/// has its own deadline, at the relay that sends it.
///
/// Receives: messages (relay); answers, and the deaths of those who give them
/// (request answerer of another node).
/// Sends: the messages (request answerer of another node); each answer, to the
/// relay. Where the other node is gone, that is an error.
/// Limits: `requests_per_batch_max`, `batch_bytes_max`, `batch_origins_max`. It
/// forgets a batch when all messages of it are late.
/// Ends when: the unit ends. `request_sender_of` replaces it if it dies before.
/// Next on the path: request_answerer.hpp on the other node.
request_sender_actor::behavior_type
request_sender(request_sender_state::pointer self, const runtime_ptr& shared);

/// The request sender of a unit, which is spawned when it is first asked for.
/// Thread rule: the unit's thread.
const role<request_sender_actor>& request_sender_of(unit& home,
                                                    const runtime_ptr& shared);

} // namespace stagedoor
