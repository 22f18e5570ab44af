#pragma once

#include "stagedoor/actors/cluster/batch_ways.hpp"
#include "stagedoor/actors/cluster/query_batches.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor.hpp"
#include "caf/node_id.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace stagedoor {

/// What the query answerers of nodes are offered as to other nodes.
inline constexpr std::string_view queries_service = "stagedoor.queries";

class query_sender_state : query_line {
public:
  using pointer = pinned_pointer<query_sender_actor, query_sender_state>;

  static inline const char* name = "stagedoor.query_sender";

  explicit query_sender_state(pointer self) : self_(self) {}

  query_sender_actor::behavior_type start(runtime_ptr shared);

private:
  void answer(far_query& query, answer_promise<decision> promise) override;
  void refresh();
  void answered(query_answers& some);
  void answerer_died(const caf::down_msg& down);

  pointer self_;
  runtime_ptr shared_;
  /// Those of the service table.
  std::map<caf::node_id, caf::actor> answerers_;
  std::uint64_t table_version_ = 0;
  // Nothing before `start`.
  std::optional<
      batch_ways<query_sender_actor, query_answerer_actor, query_packer,
                 decision, cluster_limits::queries_per_batch_max>>
      ways_;
};

/// Sends the questions that a unit has for permissions on other nodes: all that
/// a turn has for one node with one message, in their order. Each question has
/// its own deadline, at the worker that asks it.
///
/// Receives: questions (permission worker); answers, and the deaths of those
/// who give them (query answerer of another node).
/// Sends: the questions (query answerer of another node); each answer, to
/// whoever asked. Where the other node is gone, that is an error.
/// Limits: `queries_per_batch_max`, `batch_bytes_max`, `batch_origins_max`. It
/// forgets a batch when all who have asked in it are late.
/// Ends when: the unit ends. `query_sender_of` replaces it if it dies before.
/// Next on the path: query_answerer.hpp on the other node.
query_sender_actor::behavior_type query_sender(query_sender_state::pointer self,
                                               runtime_ptr shared);

/// The query sender of a unit, which is spawned when it is first asked for.
/// Thread rule: the unit's thread.
const role<query_sender_actor>& query_sender_of(unit& home,
                                                const runtime_ptr& shared);

} // namespace stagedoor
