// The way of a message whose route leads elsewhere: to actors of the
// application, or to the nodes that run the handlers of this one.

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

/// A message for another node, whose own handler asks the permissions.
caf::result<reply> handler_state::relay(request& message, bool matched) {
  auto id = add_pending(message);
  auto& pending = pending_.at(id);
  auto promise = pending.promise;
  pending.tallies = tallies_of(pending.message, matched);
  if (is_orphaned(pending.message)) {
    // The other node would take its client for a new one.
    finish(id, to_reply(errc::unavailable));
    return promise;
  }
  const auto& bounds = setup_.shared->limits;
  arm(pending, bounds.permission_timeout + bounds.action_timeout);
  if (const auto* action = action_of(pending.message.action())) {
    begin(pending, *action);
    // Over that bound the other node refuses it, behind its permissions.
    if (action->concurrent && pending.message.data().concurrent_allowed)
      answer_interim(pending);
  }
  pass_on(id);
  return promise;
}

void handler_state::pass_on(std::uint64_t id) {
  auto& pending = pending_.at(id);
  auto* to = replica_for(pending);
  if (to == nullptr) {
    finish(id, to_reply(errc::unavailable));
    return;
  }
  ++to->waiting;
  auto target = to->handle.address();
  pending.runner = target;
  auto asked = self_->request(caf::actor_cast<mounted_actor>(to->handle),
                              caf::infinite, pending.message);
  pending.asked = caf_api::id_of(asked);
  asked.then(
      [this, id, target](reply& result) {
        returned(target);
        answered_elsewhere(id, target, result);
      },
      [this, id, target](const caf::error& error) {
        returned(target);
        failed_elsewhere(id, target, error);
      });
}

/// Waits no longer for an actor elsewhere: it may never answer.
void handler_state::give_up(pending_message& pending) {
  if (pending.asked)
    caf_api::give_up(*self_, *pending.asked, make_error(errc::timed_out));
  pending.asked.reset();
}

/// The actor that a message goes to; null if there is none.
replica_set::entry* handler_state::replica_for(pending_message& pending) {
  for (const auto& added : targets_->refresh())
    self_->monitor(added);
  const auto& place = definition().placed_by;
  if (!place.empty()) {
    const auto* value = pending.message.capture(place);
    return targets_->pick(
        stable_hash(value != nullptr ? std::string_view{*value} : ""),
        pending.tried);
  }
  if (setup_.elsewhere.empty())
    return targets_->pick(std::nullopt, pending.tried);
  if (definition().lifetime == lifetime::server)
    return targets_->pick(std::uint64_t{0}, pending.tried);
  return replica_of_connection(
      {pending.message.data().scope, pending.message.data().connection},
      pending.tried);
}

/// The messages of a connection stay where its state is, as long as that is
/// there.
replica_set::entry* handler_state::replica_of_connection(
    const connection_opened& who, const std::vector<caf::actor_addr>& tried) {
  introduce(who);
  auto& known = connections_.at(who.connection.address());
  auto* placed = targets_->find(known.placed);
  const auto is_tried =
      std::any_of(tried.begin(), tried.end(),
                  [&](const auto& one) { return are_same(one, known.placed); });
  if (placed == nullptr || placed->is_dead || is_tried)
    placed =
        targets_->pick(stable_hash(to_string(who.connection.address())), tried);
  known.placed = placed != nullptr ? placed->handle.address() : nullptr;
  return placed;
}

void handler_state::returned(const caf::actor_addr& from) {
  // It may have been withdrawn and offered again meanwhile.
  if (auto* entry = targets_->find(from);
      entry != nullptr && entry->waiting > 0)
    --entry->waiting;
}

void handler_state::answered_elsewhere(std::uint64_t id,
                                       const caf::actor_addr& target,
                                       reply& result) {
  auto i = pending_.find(id);
  if (i == pending_.end())
    return; // Too late.
  if (are_same(i->second.runner, target))
    i->second.asked.reset();
  if (!setup_.elsewhere.empty())
    i->second.tallies = nullptr; // The node that has answered has counted it.
  finish(id, std::move(result));
}

void handler_state::failed_elsewhere(std::uint64_t id,
                                     const caf::actor_addr& target,
                                     const caf::error& error) {
  auto i = pending_.find(id);
  if (i == pending_.end() || !are_same(i->second.runner, target))
    return; // It has been answered, or is at another one by now.
  i->second.asked.reset();
  auto reason = reason_of(error);
  if (reason == errc::unavailable) {
    lost_elsewhere(id);
    return;
  }
  setup_.shared->log->error("handler \"{}\": the actor behind it failed: {}",
                            definition().name, text_of(error));
  finish(id, to_reply(reason));
}

/// The actor that had the message is gone, and nobody knows what it did.
void handler_state::lost_elsewhere(std::uint64_t id) {
  auto& pending = pending_.at(id);
  if (pending.action == nullptr || !pending.action->idempotent) {
    finish(id, to_reply(errc::unavailable));
    return;
  }
  give_up(pending);
  pending.tried.push_back(pending.runner);
  pass_on(id);
}

void handler_state::replica_died(const caf::down_msg& down) {
  targets_->died(down.source);
  std::vector<std::uint64_t> lost;
  for (const auto& [id, pending] : pending_)
    if (are_same(pending.runner, down.source))
      lost.push_back(id);
  if (!lost.empty())
    setup_.shared->log->warn("handler \"{}\": the actor behind it is gone with "
                             "{} messages: {}",
                             definition().name, lost.size(),
                             text_of(down.reason));
  for (auto id : lost)
    lost_elsewhere(id);
}

} // namespace stagedoor
