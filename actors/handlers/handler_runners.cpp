// What a handler knows of its connections, the runners that it keeps for them,
// and what becomes of messages whose connection or runner is lost.

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

void handler_state::opened(connection_opened& connection) {
  if (!setup_.elsewhere.empty()) {
    for (const auto& added : targets_->refresh())
      self_->monitor(added);
    if (auto* to = replica_of_connection(connection, {}))
      self_->send(caf::actor_cast<router_actor>(to->handle),
                  std::move(connection));
    return;
  }
  if (runner_is_elsewhere()) {
    self_->send(setup_.primary, std::move(connection));
    return;
  }
  if (runner_for(connection.scope->connection_id))
    introduce(connection);
}

void handler_state::introduce(const connection_opened& who) {
  auto [i, added] = connections_.try_emplace(who.connection.address(),
                                             known_connection{who, {}, {}});
  if (added)
    self_->monitor(who.connection);
  tell(i->second);
}

void handler_state::tell(known_connection& known) {
  if (targets_ || (!definition().on_open && !definition().on_close))
    return;
  if (runner_is_elsewhere())
    return; // The first unit's handler does.
  auto runner = runner_for(known.who.scope->connection_id);
  if (!runner || known.told == runner.address())
    return;
  known.told = runner.address();
  self_->send(runner, known.who);
}

void handler_state::someone_died(const caf::down_msg& down) {
  if (connections_.count(down.source) > 0)
    connection_died(down.source);
  else if (targets_)
    replica_died(down);
  else
    runner_died(down);
}

void handler_state::connection_died(const caf::actor_addr& who) {
  auto known = connections_.extract(who).mapped();
  auto connection_id = known.who.scope->connection_id;
  for (auto i = pending_.begin(); i != pending_.end();)
    if (i->second.message.scope().connection_id == connection_id) {
      if (i->second.asked && !setup_.elsewhere.empty())
        i->second.tallies = nullptr; // The node that has it counts it.
      give_up(i->second);
      answer(i->second, to_reply(errc::unavailable));
      i = pending_.erase(i);
    } else {
      ++i;
    }
  if (auto runner = runner_slot(connection_id).handle())
    self_->send(runner, connection_ended{connection_id});
  if (definition().lifetime == lifetime::connection)
    runners_.erase(connection_id);
}

void handler_state::runner_died(const caf::down_msg& down) {
  for (auto& [connection_id, slot] : runners_)
    if (slot.handle() && slot.handle().address() == down.source) {
      setup_.shared->log->error("a runner of handler \"{}\" died: {}",
                                definition().name, text_of(down.reason));
      slot.died(self_->home().now());
      break;
    }
  // What it was at gets 500; what it had not begun has been bounced to us, or
  // is about to be: whichever comes first answers.
  std::vector<std::uint64_t> lost;
  for (const auto& [id, pending] : pending_)
    if (pending.runner == down.source)
      lost.push_back(id);
  for (auto id : lost)
    finish(id, to_reply(errc::server_error));
}

/// The first unit ends before the others do, with what it had from them.
void handler_state::lost_on_primary(std::uint64_t id, const caf::error& error) {
  auto i = pending_.find(id);
  if (i == pending_.end() || !i->second.relayed
      || reason_of(error) != errc::unavailable) {
    fail(id, error);
    return;
  }
  give_back(i->second);
  pending_.erase(i);
}

/// Leaves a message to the node that it is from, which may begin it elsewhere.
void handler_state::give_back(pending_message& pending) {
  if (pending.cancelled)
    *pending.cancelled = true;
  pending.promise.deliver(make_error(errc::unavailable));
}

/// The runner for a message, which is answered if there is none.
runner_actor handler_state::runner_of(std::uint64_t id) {
  auto& pending = pending_.at(id);
  auto runner = runner_for(pending.message.scope().connection_id);
  if (runner)
    pending.runner = runner.address();
  else
    finish(id, to_reply(errc::unavailable));
  return runner;
}

respawner<runner_actor>&
handler_state::runner_slot(std::uint64_t connection_id) {
  auto is_shared = definition().lifetime != lifetime::connection;
  return runners_[is_shared ? 0 : connection_id];
}

runner_actor handler_state::runner_for(std::uint64_t connection_id) {
  return runner_slot(connection_id).acquire(self_->home().now(), [this] {
    auto spawned = self_->home().spawn(
        runner, runner_setup{setup_.shared, route().handler, setup_.groups});
    self_->monitor(spawned);
    return spawned;
  });
}

} // namespace stagedoor
