#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/actors/units/respawner.hpp"

#include <cstddef>
#include <vector>

namespace stagedoor {

class permission_pool_state : permission_line {
public:
  using pointer = pinned_pointer<permission_pool_actor, permission_pool_state>;

  static inline const char* name = "stagedoor.permission_pool";

  explicit permission_pool_state(pointer self) : self_(self) {}
  ~permission_pool_state();

  permission_pool_actor::behavior_type start(runtime_ptr shared);

private:
  void answer(permission_check& check,
              answer_promise<decision> promise) override;
  const role<permission_worker_actor>& next_worker();
  void worker_died(const caf::down_msg& down);
  const role<permission_worker_actor>& worker(std::size_t place);

  pointer self_;
  runtime_ptr shared_;
  std::vector<respawner<role<permission_worker_actor>>> workers_;
  std::size_t next_ = 0;
};

/// N workers behind one handle. CAF's own actor_pool is deprecated, untyped and
/// does not replace a worker that dies.
///
/// Receives: questions (connection, handler); its workers' deaths.
/// Sends: each question on to a worker in turn, which answers the asker. An
/// error instead of a decision where no worker is alive; never an allow.
/// Limits: `permission_workers`.
/// Ends when: the unit ends.
/// Next on the path: permission_worker.hpp.
permission_pool_actor::behavior_type
permission_pool(permission_pool_state::pointer self, runtime_ptr shared);

} // namespace stagedoor
