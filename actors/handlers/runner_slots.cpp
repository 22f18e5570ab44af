#include "stagedoor/actors/handlers/runner_slots.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

runner_slots::runner_slots(handler_role* self, runner_setup setup, bool greets)
    : self_(self), setup_(std::move(setup)), greets_(greets) {}

runner_slots::~runner_slots() {
  for (auto& [connection_id, slot] : runners_)
    if (slot.handle())
      caf::anon_send_exit(slot.handle(), caf::exit_reason::user_shutdown);
}

runner_actor runner_slots::runner_for(std::uint64_t connection_id) {
  return slot_of(connection_id).acquire(self_->home().now(), [this] {
    auto spawned = self_->home().spawn(runner, setup_);
    caf_api::monitor(*self_, spawned);
    return spawned;
  });
}

void runner_slots::introduce(const connection_opened& connection) {
  auto [i, added] = connections_.try_emplace(
      connection.connection.address(), known_connection{connection, nullptr});
  if (added)
    caf_api::monitor(*self_, connection.connection);
  if (greets_)
    greet(i->second);
}

void runner_slots::greet(known_connection& known) {
  auto runner = runner_for(known.connection.scope->connection_id);
  if (!runner || known.told == runner.address())
    return;
  known.told = runner.address();
  self_->send(runner, known.connection);
}

std::optional<std::uint64_t>
runner_slots::connection_died(const caf::actor_addr& actor) {
  auto known = connections_.extract(actor);
  if (!known)
    return std::nullopt;
  auto connection_id = known.mapped().connection.scope->connection_id;
  if (auto runner = slot_of(connection_id).handle())
    self_->send(runner, connection_ended{connection_id});
  if (has_one_for_each_connection())
    runners_.erase(connection_id);
  return connection_id;
}

void runner_slots::runner_died(const caf::down_msg& down) {
  for (auto& [connection_id, slot] : runners_)
    if (slot.handle() && slot.handle().address() == down.source) {
      setup_.shared->log->error("a runner of handler \"{}\" died: {}{}",
                                setup_.handler->name, text_of(down.reason),
                                text_of_client(connection_id));
      slot.died(self_->home().now());
      break;
    }
}

/// Whom a runner serves; empty if it serves all connections.
std::string runner_slots::text_of_client(std::uint64_t connection_id) const {
  const auto known = std::find_if(
      connections_.begin(), connections_.end(), [&](const auto& x) {
        return x.second.connection.scope->connection_id == connection_id;
      });
  if (!has_one_for_each_connection() || known == connections_.end())
    return {};
  return " (connection " + std::to_string(connection_id) + ", user "
         + to_json(known->second.connection.scope->user.id) + ')';
}

respawner<runner_actor>& runner_slots::slot_of(std::uint64_t connection_id) {
  return runners_[has_one_for_each_connection() ? connection_id : 0];
}

} // namespace stagedoor
