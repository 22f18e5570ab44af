#include "stagedoor/actors/cluster/query_answerer.hpp"

#include "stagedoor/actors/caf_api/actors.hpp"
#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/caf_api/questions.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system.hpp"

#include <chrono>
#include <utility>

namespace stagedoor {

caf::behavior query_answerer_state::start() {
  // What another version may send; a request is answered with an error.
  self_->set_default_handler(caf::drop);
  self_->set_error_handler([](caf::error&) {});
  caf_api::on_down(*self_, [this](const caf::down_msg& down) {
    if (const auto known = askers_.find(down.source);
        known != askers_.end() && are_same(known->second.who, down.source))
      askers_.erase(known);
  });
  return {
      [this](query_batch& batch) { begin(batch); },
      // From itself: behind the answers that had come by then.
      [this](caf::flush_atom) { flush(); },
      [this](caf::tick_atom) { look(); },
  };
}

void query_answerer_state::begin(query_batch& batch) {
  const auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
  if (!sender)
    return; // Nobody could be answered.
  auto& known = askers_[sender.address()];
  if (!known.who || !are_same(known.who, sender.address())) {
    known = {sender.address()};
    caf_api::monitor(*self_, sender);
  }
  auto queries = known.read.unpack(batch);
  if (!queries) {
    known.read = {}; // The sender brings all origins again.
    self_->send(sender, query_answers{batch.number});
    return;
  }
  const auto id = ++last_id_;
  auto& open = open_[id];
  open.asker = sender;
  open.given.number = batch.number;
  open.forgotten_at =
      self_->clock().now() + std::chrono::milliseconds{batch.timeout_ms};
  std::uint32_t index = 0;
  for (auto& [whom, what] : *queries) {
    auto asked = self_->request(caf::actor_cast<permission_actor>(whom),
                                caf::infinite, std::move(what));
    open.asked.push_back(caf_api::id_of(asked));
    asked.then(
        [this, id, index](decision& answer) {
          if (auto* waiting = answered(id))
            waiting->given.decisions.emplace_back(index, std::move(answer));
        },
        [this, id, index](caf::error& reason) {
          if (auto* waiting = answered(id))
            waiting->given.failures.emplace_back(index, std::move(reason));
        });
    ++index;
  }
  if (!std::exchange(is_looking_, true))
    self_->delayed_send(self_, cluster_limits::batch_look_interval,
                        caf::tick_atom_v);
}

/// Takes note of one more answer, which is sent when those that have come as
/// well are there.
/// @returns null if the batch has been forgotten.
query_answerer_state::open_batch*
query_answerer_state::answered(std::uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end())
    return nullptr;
  auto& batch = found->second;
  ++batch.answered;
  if (ready_.empty())
    self_->send(self_, caf::flush_atom_v);
  if (batch.given.decisions.empty() && batch.given.failures.empty())
    ready_.push_back(id);
  return &batch;
}

void query_answerer_state::flush() {
  for (auto id : std::exchange(ready_, {})) {
    const auto found = open_.find(id);
    if (found == open_.end())
      continue; // It has been forgotten.
    auto& batch = found->second;
    self_->send(batch.asker, std::exchange(batch.given, {batch.given.number}));
    if (batch.answered == batch.asked.size())
      open_.erase(found);
  }
}

/// Gives up what nobody waits for any more.
void query_answerer_state::look() {
  is_looking_ = false;
  const auto now = self_->clock().now();
  std::erase_if(open_, [&](const auto& x) {
    const auto& batch = x.second;
    if (batch.forgotten_at > now)
      return false;
    // CAF knows what has been answered.
    for (auto each : batch.asked)
      caf_api::give_up(*self_, each, make_error(errc::timed_out));
    return true;
  });
  if (!open_.empty() && !std::exchange(is_looking_, true))
    self_->delayed_send(self_, cluster_limits::batch_look_interval,
                        caf::tick_atom_v);
}

caf::behavior query_answerer(query_answerer_state::pointer self) {
  return caf_api::state_of(self).start();
}

} // namespace stagedoor
