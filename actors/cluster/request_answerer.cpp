#include "stagedoor/actors/cluster/request_answerer.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"

#include "caf/send.hpp"

#include <utility>

namespace stagedoor {

request_answerer_actor::behavior_type
request_answerer_state::start(role<router_actor> router) {
  router_ = std::move(router);
  caf_api::monitor(*self_, router_.handle());
  caf_api::on_down(*self_, [this](const caf::down_msg& down) {
    if (down.source == router_.handle().address())
      self_->quit();
    else if (const auto known = askers_.find(down.source);
             known != askers_.end()
             && are_same(known->second->handle.address(), down.source))
      askers_.erase(known);
  });
  return {
      [this](request_batch& batch) { add(batch); },
      // From itself: a batch that waits may begin.
      [this](caf::tick_atom) {
        begin(std::move(waiting_.front()));
        waiting_.pop_front();
      },
      [this](const request& message) {
        return self_->delegate(router_.handle(), as_relayed(message.data()));
      },
      [this](connection_opened& connection) {
        self_->send(router_.handle(), std::move(connection));
      },
  };
}

/// What comes at once is not begun at once: each message in it is work for the
/// turn.
void request_answerer_state::add(request_batch& batch) {
  const auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
  if (!sender)
    return; // Nobody could be answered.
  auto& known = askers_[sender.address()];
  if (!known || !are_same(known->handle.address(), sender.address())) {
    known = std::make_shared<asker>(
        asker{caf::actor_cast<request_sender_actor>(sender)});
    caf_api::monitor(*self_, sender);
  }
  waiting_.push_back({known, std::move(batch)});
  self_->send(self_, caf::tick_atom_v);
}

void request_answerer_state::begin(waiting_batch next) {
  const auto& [whom, batch] = next;
  auto messages = whom->read.unpack(next.what);
  if (!messages) {
    whom->read = {}; // The sender brings all origins again.
    whom->given.add_unread(batch.number);
    gather(whom);
    return;
  }
  std::uint64_t place = 0;
  for (auto& message : *messages) {
    self_->ask(router_, message)
        .then(
            [this, whom = whom, number = batch.number, place](
                const reply& answer) { answered(whom, number, place, answer); },
            [this, whom = whom, number = batch.number,
             place](const caf::error& reason) {
              answered(whom, number, place, reason);
            });
    ++place;
  }
}

template <class Given>
void request_answerer_state::answered(const asker_ptr& whom,
                                      std::uint64_t batch, std::uint64_t place,
                                      const Given& given) {
  whom->given.add(batch, place, given);
  gather(whom);
}

/// Takes note of an answer, which is sent at the end of the turn.
void request_answerer_state::gather(const asker_ptr& whom) {
  if (!whom->is_ready) {
    whom->is_ready = true;
    ready_.push_back(whom);
    self_->home().flush_later(*this);
  }
  if (whom->given.bytes() >= cluster_limits::batch_bytes_max)
    flush();
}

void request_answerer_state::flush() {
  for (const auto& whom : std::exchange(ready_, {})) {
    whom->is_ready = false;
    caf::anon_send(whom->handle, whom->given.take());
  }
}

request_answerer_actor::behavior_type
request_answerer(request_answerer_state::pointer self,
                 const router_actor& router) {
  return caf_api::state_of(self).start(router);
}

} // namespace stagedoor
