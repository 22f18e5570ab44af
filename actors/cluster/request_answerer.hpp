#pragma once

#include "stagedoor/actors/cluster/request_batches.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor_addr.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace stagedoor {

class request_answerer_state : flushable {
public:
  using pointer =
      pinned_pointer<request_answerer_actor, request_answerer_state>;

  static inline const char* name = "stagedoor.request_answerer";

  explicit request_answerer_state(pointer self) : self_(self) {}

  /// Sends what has been gathered.
  ~request_answerer_state() { flush(); }

  request_answerer_actor::behavior_type start(role<router_actor> router);

private:
  struct asker;
  using asker_ptr = std::shared_ptr<asker>;

  /// A batch that waits for its turn.
  struct waiting_batch {
    asker_ptr from;
    request_batch what;
  };

  /// A request sender of another node.
  struct asker {
    request_sender_actor handle;
    request_unpacker read = {};
    /// The answers that have not been sent.
    answer_packer given = {};
    bool is_ready = false;
  };

  void add(request_batch& batch);
  void begin(waiting_batch next);
  template <class Given>
  void answered(const asker_ptr& whom, std::uint64_t batch, std::uint64_t place,
                const Given& given);
  void gather(const asker_ptr& whom);
  void flush() override;

  pointer self_;
  role<router_actor> router_;
  std::map<caf::actor_addr, asker_ptr> askers_;
  std::deque<waiting_batch> waiting_;
  /// Those for whom there are answers that have not been sent.
  std::vector<asker_ptr> ready_;
};

/// Has the handlers of an endpoint answer the messages of other nodes, and
/// sends the answers back: with one message those of a turn for one unit there.
/// It begins one batch in each of its runs.
///
/// Receives: batches (request senders of other nodes), and their senders'
/// deaths; messages of this node, one by one (relays); openings of connections
/// (relays of all nodes); the death of its router.
/// Sends: each message to the router of its unit, as a connection does;
/// openings, to that router; the answers, to the sender of the batch.
/// Limits: `batch_bytes_max`, `batch_origins_max`.
/// Ends when: its router or the unit ends.
/// Next on the path: handlers/router.hpp; for the answers, request_sender.hpp
/// on the other node.
request_answerer_actor::behavior_type
request_answerer(request_answerer_state::pointer self,
                 const router_actor& router);

} // namespace stagedoor
