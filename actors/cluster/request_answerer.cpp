#include "stagedoor/actors/cluster/request_answerer.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/send.hpp"

#include <utility>

namespace stagedoor {

request_answerer_actor::behavior_type
request_answerer_state::start(role<router_actor> router) {
  router_ = std::move(router);
  caf_api::on_down(*self_, [this](const caf::down_msg& down) {
    askers_.erase(down.source);
  });
  return {
      [this](request_batch& batch) { begin(batch); },
      [this](connection_opened& connection) {
        self_->send(router_.handle(), std::move(connection));
      },
  };
}

void request_answerer_state::begin(request_batch& batch) {
  const auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
  if (!sender)
    return; // Nobody could be answered.
  auto& known = askers_[sender.address()];
  if (!known) {
    known = std::make_shared<asker>(
        asker{caf::actor_cast<request_sender_actor>(sender)});
    caf_api::monitor(*self_, sender);
  }
  const auto whom = known;
  auto messages = whom->read.unpack(batch);
  if (!messages) {
    whom->given.add_unread(batch.number);
    gather(whom);
    return;
  }
  std::uint64_t place = 0;
  for (auto& message : *messages) {
    self_->ask(router_, message)
        .then(
            [this, whom, number = batch.number, place](const reply& answer) {
              answered(whom, number, place, answer);
            },
            [this, whom, number = batch.number,
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
