#pragma once

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/description/actor_permission.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace stagedoor {

class unit_metrics;

class permission_worker_state : permission_line {
public:
  using pointer =
      pinned_pointer<permission_worker_actor, permission_worker_state>;

  static inline const char* name = "stagedoor.permission_worker";

  explicit permission_worker_state(pointer self) : self_(self) {}

  /// Fails what waits for an answer: a dying actor breaks no promise by itself.
  ~permission_worker_state();

  permission_worker_actor::behavior_type start(runtime_ptr shared);

private:
  /// A question that waits for the answer of a permission.
  struct open_question {
    open_question(answer_promise<decision> owed, permission_check asked,
                  evaluation::clock::time_point beginning,
                  std::function<void()> on_expiry)
        : promise(std::move(owed)), check(std::move(asked)), began(beginning),
          due(std::move(on_expiry)) {}

    answer_promise<decision> promise;
    permission_check check;
    /// See `clock_if_counted`.
    evaluation::clock::time_point began;
    deadline due;
    /// Which permission it waits for: the first, the second, ….
    std::uint64_t turn = 0;
    /// The actor that is to answer, if it is one.
    caf::actor_addr target;
    /// Set when a worker thread need not begin any more.
    blocking_workers::cancel_flag cancelled;
  };

  // In the order in which a question meets them.
  void answer(permission_check& check,
              answer_promise<decision> promise) override;
  const decision* ask_here(const permission_check& check);
  void go_on(std::uint64_t id);
  std::optional<decision> pass_on(std::uint64_t id, open_question& open);
  std::optional<decision> pass_to_thread(std::uint64_t id, open_question& open);
  std::optional<decision> pass_to_actor(std::uint64_t id, open_question& open);
  void answered(std::uint64_t id, std::uint64_t turn, decision answer);
  void finish(std::uint64_t id, const decision& answer);
  void expire(std::uint64_t id);
  void actor_died(const caf::down_msg& down);

  [[nodiscard]] limits::duration timeout_of(question asked) const;
  [[nodiscard]] evaluation::clock::time_point clock_if_counted() const;
  void count(const permission_check& check, const decision& answer,
             evaluation::clock::time_point began);

  pointer self_;
  runtime_ptr shared_;
  /// Null if nothing is counted.
  unit_metrics* metrics_ = nullptr;
  open_requests<open_question> open_;
  /// Who answers the permissions that are actors, in turn; it hears of their
  /// deaths.
  std::unordered_map<std::shared_ptr<const replicas>, replica_set> actors_;
};

/// Asks the permissions of a question: those that compute right here, those
/// that block on a worker thread, those that are actors with a message, which
/// goes through the query sender if the actor is offered by another node.
///
/// Receives: questions (permission pool); answers of worker threads and of
/// actors, and their deaths.
/// Sends: the decision, to whoever asked the pool; late, dead or failing
/// answers count as errors, which never allow.
/// Limits: `permission_timeout`, `can_connect_timeout`, `blocking_workers`,
/// `blocking_queue_max`.
/// Ends when: the unit ends. Its pool replaces it if it dies before; what it
/// had not answered gets 503.
/// Next on the path: back in handler.hpp, or connection.hpp for can_connect.
permission_worker_actor::behavior_type
permission_worker(permission_worker_state::pointer self, runtime_ptr shared);

} // namespace stagedoor
