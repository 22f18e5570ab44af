#include "stagedoor/actors/permission_pool.hpp"

#include "stagedoor/actors/permission_worker.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

permission_pool_state::~permission_pool_state() {
  for (auto& [id, check] : blocking_) {
    *check.cancelled = true;
    check.promise.deliver(make_error(errc::unavailable));
  }
  for (auto& entry : workers_)
    if (entry.handle())
      caf::anon_send_exit(entry.handle(), caf::exit_reason::user_shutdown);
}

permission_pool_actor::behavior_type
permission_pool_state::start(runtime_ptr shared) {
  shared_ = std::move(shared);
  workers_.resize(shared_->limits.permission_workers);
  for (std::size_t place = 0; place < workers_.size(); ++place)
    worker(place);
  self_->set_down_handler(
      [this](const caf::down_msg& down) { worker_died(down); });
  return {
      [this](permission_check& check) { return ask(check); },
      [this](answer_atom, std::uint64_t id, decision& result) {
        answer(id, result);
      },
      [this](expired_atom, std::uint64_t id) { expire(id); },
      [this](caf::get_atom) {
        std::vector<caf::actor> alive;
        for (const auto& entry : workers_)
          if (entry.handle())
            alive.push_back(caf::actor_cast<caf::actor>(entry.handle()));
        return alive;
      },
  };
}

caf::result<decision> permission_pool_state::ask(permission_check& check) {
  if (check.list->is_blocking())
    return ask_blocking(check);
  // In turn, passing over those that wait for their next life.
  for (std::size_t tried = 0; tried < workers_.size(); ++tried) {
    next_ = (next_ + 1) % workers_.size();
    if (auto chosen = worker(next_))
      return self_->delegate(chosen, std::move(check));
  }
  return make_error(errc::unavailable, "no permission worker is alive");
}

caf::result<decision>
permission_pool_state::ask_blocking(permission_check& check) {
  auto id = ++last_id_;
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto timeout = check.asked == question::can_connect
                     ? shared_->limits.can_connect_timeout
                     : shared_->limits.permission_timeout;
  auto me = caf::actor_cast<permission_pool_actor>(self_);
  auto job = [me, id, check = std::move(check)] {
    caf::anon_send(me, answer_atom_v, id, evaluate(check));
  };
  if (!shared_->workers->submit(cancelled, std::move(job)))
    return make_error(errc::unavailable, "the blocking queue is full");
  auto promise = self_->make_response_promise<decision>();
  auto on_expiry = [this, id] {
    caf::anon_send(caf::actor_cast<permission_pool_actor>(self_),
                   expired_atom_v, id);
  };
  auto [i, added] =
      blocking_.try_emplace(id, promise, std::move(cancelled), on_expiry);
  self_->home().arm(i->second.due, timeout);
  return promise;
}

void permission_pool_state::answer(std::uint64_t id, decision& result) {
  if (auto node = blocking_.extract(id))
    node.mapped().promise.deliver(std::move(result));
}

void permission_pool_state::expire(std::uint64_t id) {
  if (auto node = blocking_.extract(id)) {
    *node.mapped().cancelled = true;
    node.mapped().promise.deliver(make_error(errc::timed_out));
  }
}

void permission_pool_state::worker_died(const caf::down_msg& down) {
  for (auto& entry : workers_)
    if (entry.handle() && entry.handle().address() == down.source) {
      shared_->log->error("unit {}: a permission worker died: {}",
                          self_->home().index(), text_of(down.reason));
      entry.died(self_->home().now());
    }
}

permission_worker_actor permission_pool_state::worker(std::size_t place) {
  return workers_[place].acquire(self_->home().now(), [this] {
    auto spawned = self_->home().spawn(permission_worker);
    self_->monitor(spawned);
    return spawned;
  });
}

permission_pool_actor::behavior_type
permission_pool(permission_pool_state::pointer self, runtime_ptr shared) {
  return self->state.start(std::move(shared));
}

} // namespace stagedoor
