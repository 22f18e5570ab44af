#pragma once

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/query_batches.hpp"

#include "caf/actor_addr.hpp"
#include "caf/actor_clock.hpp"
#include "caf/behavior.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/message_id.hpp"
#include "caf/stateful_actor.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace stagedoor {

class query_answerer_state {
public:
  using pointer =
      caf::stateful_actor<query_answerer_state,
                          caf_api::watching<caf::event_based_actor>>*;

  static inline const char* name = "stagedoor.query_answerer";

  explicit query_answerer_state(pointer self) : self_(self) {}

  caf::behavior start();

private:
  struct asker {
    caf::actor_addr who;
    query_unpacker read = {};
  };

  struct open_batch {
    caf::actor asker;
    /// What CAF knows the answers of the actors by.
    std::vector<caf::message_id> asked;
    std::size_t answered = 0;
    caf::actor_clock::time_point forgotten_at;
    /// The answers that have not been sent.
    query_answers given;
  };

  void begin(query_batch& batch);
  open_batch* answered(std::uint64_t id);
  void flush();
  void look();

  pointer self_;
  /// The senders that are there.
  std::map<caf::actor_addr, asker> askers_;
  /// In the order in which they came.
  std::map<std::uint64_t, open_batch> open_;
  std::uint64_t last_id_ = 0;
  /// The batches with answers that have not been sent.
  std::vector<std::uint64_t> ready_;
  bool is_looking_ = false;
};

/// Asks the actors of this node what other nodes want to know of permissions,
/// and sends the answers back: with one message those that come together.
///
/// Receives: batches (query senders of other nodes), and their senders' deaths;
/// the actors' answers.
/// Sends: each question, to its actor; the answers, to the sender of the batch.
/// Limits: `batch_origins_max`; the timeout that the batch names. The actors
/// that have not answered by then are not waited for.
/// Ends when: its node leaves the cluster.
/// Next on the path: query_sender.hpp on the node that asks.
caf::behavior query_answerer(query_answerer_state::pointer self);

} // namespace stagedoor
