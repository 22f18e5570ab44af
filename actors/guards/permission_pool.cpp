#include "stagedoor/actors/guards/permission_pool.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/guards/permission_worker.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

permission_pool_state::~permission_pool_state() {
  for (auto& entry : workers_)
    if (entry.actor())
      caf::anon_send_exit(entry.actor().handle(),
                          caf::exit_reason::user_shutdown);
}

permission_pool_actor::behavior_type
permission_pool_state::start(runtime_ptr shared) {
  shared_ = std::move(shared);
  workers_.resize(shared_->limits.permission_workers);
  for (std::size_t place = 0; place < workers_.size(); ++place)
    worker(place);
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { worker_died(down); });
  self_->open_line(*this);
  return {
      [this](permission_check& check) {
        return self_->answer_message<decision>(check);
      },
      [this](caf::get_atom) {
        std::vector<caf::actor> alive;
        for (const auto& entry : workers_)
          if (entry.actor())
            alive.push_back(
                caf::actor_cast<caf::actor>(entry.actor().handle()));
        return alive;
      },
  };
}

void permission_pool_state::answer(permission_check& check,
                                   answer_promise<decision> promise) {
  if (const auto& chosen = next_worker())
    self_->pass_on(std::move(promise), chosen, std::move(check));
  else
    promise.deliver(
        make_error(errc::unavailable, "no permission worker is alive"));
}

/// In turn, passing over those that wait for their next life; null if all do.
const role<permission_worker_actor>& permission_pool_state::next_worker() {
  for (std::size_t tried = 1;; ++tried) {
    next_ = next_ + 1 == workers_.size() ? 0 : next_ + 1;
    const auto& chosen = worker(next_);
    if (chosen || tried == workers_.size())
      return chosen;
  }
}

void permission_pool_state::worker_died(const caf::down_msg& down) {
  for (auto& entry : workers_)
    if (entry.actor() && entry.actor().handle().address() == down.source) {
      shared_->log->error("unit {}: a permission worker died: {}",
                          self_->home().index(), text_of(down.reason));
      entry.died(self_->home().now());
    }
}

const role<permission_worker_actor>&
permission_pool_state::worker(std::size_t place) {
  return workers_[place].acquire(self_->home().now(), [this] {
    auto spawned = self_->home().spawn(permission_worker, shared_);
    caf_api::monitor(*self_, spawned);
    return spawned;
  });
}

permission_pool_actor::behavior_type
permission_pool(permission_pool_state::pointer self, runtime_ptr shared) {
  return caf_api::state_of(self).start(std::move(shared));
}

} // namespace stagedoor
