#pragma once

#include "stagedoor/actors/cluster/query_batches.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor.hpp"
#include "caf/node_id.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// What the query answerers of nodes are offered as to other nodes.
inline constexpr std::string_view queries_service = "stagedoor.queries";

class query_sender_state : query_line, flushable {
public:
  using pointer = pinned_pointer<query_sender_actor, query_sender_state>;

  static inline const char* name = "stagedoor.query_sender";

  explicit query_sender_state(pointer self) : self_(self) {}

  /// Fails what waits for an answer: a dying actor breaks no promise by itself.
  ~query_sender_state();

  query_sender_actor::behavior_type start(runtime_ptr shared);

private:
  /// A batch that has not been answered as a whole.
  struct open_batch {
    open_batch(caf::actor to, std::function<void()> on_expiry)
        : answerer(std::move(to)), due(std::move(on_expiry)) {}

    caf::actor answerer;
    /// Of each question.
    std::vector<answer_promise<decision>> promises;
    std::size_t answered = 0;
    deadline due;
  };

  /// The way to a node.
  struct way {
    caf::actor answerer;
    /// What goes there at the end of the turn.
    query_packer gathered = {};
    /// The number of that batch.
    std::uint64_t number = 0;
  };

  void answer(far_query& query, answer_promise<decision> promise) override;
  void flush() override;
  void refresh();
  void begin_batch(way& to);
  void send(way& to);
  void answered(query_answers& some);
  void start_over(const caf::actor& answerer);
  void give_up(const way& to, const caf::error& reason);
  void answerer_died(const caf::down_msg& down);
  void fail(std::uint64_t number, const caf::error& reason);

  pointer self_;
  runtime_ptr shared_;
  std::map<caf::node_id, way> ways_;
  /// Of the service table that `ways_` is made of.
  std::uint64_t table_version_ = 0;
  open_requests<open_batch> open_;
};

/// Sends the questions that a unit has for permissions on other nodes: all that
/// a turn has for one node with one message, in their order. Each question has
/// its own deadline, at the worker that asks it.
///
/// Receives: questions (permission worker); answers, and the deaths of those
/// who give them (query answerer of another node).
/// Sends: the questions (query answerer of another node); each answer, to
/// whoever asked. Where the other node is gone, that is an error.
/// Limits: `queries_per_batch_max`, `query_scopes_max`. It forgets a batch when
/// all who have asked in it are late. Ends when: the unit ends.
/// `query_sender_of` replaces it if it dies before. Next on the path:
/// query_answerer.hpp on the other node.
query_sender_actor::behavior_type query_sender(query_sender_state::pointer self,
                                               runtime_ptr shared);

/// The query sender of a unit, which is spawned when it is first asked for.
/// Thread rule: the unit's thread.
const role<query_sender_actor>& query_sender_of(unit& home,
                                                const runtime_ptr& shared);

} // namespace stagedoor
