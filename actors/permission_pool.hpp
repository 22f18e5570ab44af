#pragma once

#include "stagedoor/actors/blocking_workers.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/pinned.hpp"
#include "stagedoor/actors/respawner.hpp"
#include "stagedoor/actors/runtime.hpp"

#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace stagedoor {

class permission_pool_state {
public:
  using pointer = pinned_pointer<permission_pool_actor, permission_pool_state>;

  static inline const char* name = "stagedoor.permission_pool";

  explicit permission_pool_state(pointer self) : self_(self) {}
  ~permission_pool_state();

  permission_pool_actor::behavior_type start(runtime_ptr shared);

private:
  /// A question that a worker thread is at.
  struct blocking_check {
    blocking_check(caf::typed_response_promise<decision> owed,
                   blocking_workers::cancel_flag flag,
                   std::function<void()> on_expiry)
        : promise(std::move(owed)), cancelled(std::move(flag)),
          due(std::move(on_expiry)) {}

    caf::typed_response_promise<decision> promise;
    blocking_workers::cancel_flag cancelled;
    deadline due;
  };

  caf::result<decision> ask(permission_check& check);
  caf::result<decision> ask_blocking(permission_check& check);
  void answer(std::uint64_t id, decision& result);
  void expire(std::uint64_t id);
  void worker_died(const caf::down_msg& down);
  permission_worker_actor worker(std::size_t place);

  pointer self_;
  runtime_ptr shared_;
  std::vector<respawner<permission_worker_actor>> workers_;
  std::size_t next_ = 0;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, blocking_check> blocking_;
};

/// N workers behind one handle. CAF's own actor_pool is deprecated, untyped and
/// does not replace a worker that dies.
///
/// Receives: questions (connection, handler); its workers' deaths.
/// Sends: each question on to a worker in turn, which answers the asker; a
/// question that a blocking permission takes part in goes to a worker thread.
/// An error instead of a decision: no worker, queue full, late. Never an allow.
/// Limits: `permission_workers`, `blocking_queue_max`, `permission_timeout`,
/// `can_connect_timeout`.
/// Ends when: the unit ends.
/// Next on the path: permission_worker.hpp.
permission_pool_actor::behavior_type
permission_pool(permission_pool_state::pointer self, runtime_ptr shared);

} // namespace stagedoor
