#include "stagedoor/actors/handlers/forwarder.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/request_sender.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/handlers/preparing.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace stagedoor {

forwarder::forwarder(handler_role* self, open_messages& messages,
                     forwarder_setup setup)
    : self_(self), messages_(messages), setup_(std::move(setup)),
      targets_(setup_.targets, setup_.shared->services) {}

void forwarder::begin(std::uint64_t id, pending_message& pending) {
  if (auto refusal = refuse_arguments(*setup_.handler, *pending.action(),
                                      pending.message(), *setup_.shared->log))
    messages_.finish(id, std::move(*refusal));
  else
    send(id, pending);
}

void forwarder::send(std::uint64_t id, pending_message& pending) {
  auto* picked = pick(pending);
  if (picked == nullptr) {
    messages_.finish(id, to_reply(errc::unavailable));
    return;
  }
  messages_.begun(id);
  ++picked->waiting;
  const auto target = picked->handle.address();
  pending.await(target, setup_.to_nodes);
  const auto then = [this, id, target](reply& result) {
    returned(target);
    answered(id, target, result);
  };
  const auto fail = [this, id, target](const caf::error& error) {
    returned(target);
    failed(id, target, error);
  };
  if (setup_.to_nodes && !is_here(*picked)) {
    self_
        ->ask(request_sender_of(self_->home(), setup_.shared),
              far_request{picked->handle, pending.message()})
        .then(then, fail);
    return;
  }
  auto asked = self_->request(caf::actor_cast<mounted_actor>(picked->handle),
                              caf::infinite, pending.message());
  pending.await(caf_api::id_of(asked));
  asked.then(then, fail);
}

bool forwarder::is_here(const replica_set::entry& target) const {
  const auto& here = setup_.shared->cluster;
  return here && target.node == here->name();
}

// -- picking ------------------------------------------------------------------

replica_set::entry* forwarder::pick(const pending_message& pending) {
  refresh();
  const auto& tried = pending.tried();
  const auto& message = pending.message();
  if (const auto& capture = setup_.handler->placed_by; !capture.empty()) {
    const auto* found = message.capture(capture);
    const auto value = found != nullptr ? std::string_view{*found} : "";
    if (const auto node = holder_of(value); !node.empty()) {
      auto* holder = targets_.pick(stable_hash(value), tried, node);
      // Another node has sent it here already: nobody sends it in circles.
      if (holder != nullptr || message.data().relayed)
        return holder;
    }
    return targets_.pick(stable_hash(value), tried);
  }
  if (setup_.otherwise == placement::fewest_waiting)
    return targets_.pick(std::nullopt, tried);
  if (setup_.otherwise == placement::all_together)
    return targets_.pick(std::uint64_t{0}, tried);
  return pick_for_connection({message.data().scope, message.data().connection},
                             tried);
}

/// The node that has the state of a key; empty if none is known to.
std::string forwarder::holder_of(std::string_view key) const {
  const auto& keys = setup_.shared->keys;
  return keys && !setup_.keys.empty()
             ? keys->place_of(setup_.keys + std::string{key})
             : std::string{};
}

void forwarder::refresh() {
  for (const auto& added : targets_.refresh())
    caf_api::monitor(*self_, added);
}

/// The messages of a connection stay where its state is, as long as that is
/// there.
replica_set::entry*
forwarder::pick_for_connection(const connection_opened& connection,
                               const std::vector<caf::actor_addr>& tried) {
  auto [i, added] = connections_.try_emplace(
      connection.connection.address(),
      placed_connection{connection.scope->connection_id, {}});
  if (added)
    caf_api::monitor(*self_, connection.connection);
  auto& known = i->second;
  auto* placed = targets_.find(known.replica);
  const auto is_tried =
      std::any_of(tried.begin(), tried.end(), [&](const auto& replica) {
        return are_same(replica, known.replica);
      });
  if (placed == nullptr || placed->is_dead || is_tried)
    placed = targets_.pick(
        stable_hash(to_string(connection.connection.address())), tried);
  known.replica = placed != nullptr ? placed->handle.address() : nullptr;
  return placed;
}

caf::actor forwarder::place(const connection_opened& connection) {
  refresh();
  const auto* picked = pick_for_connection(connection, {});
  return picked != nullptr ? picked->handle : caf::actor{};
}

// -- what comes back ----------------------------------------------------------

void forwarder::returned(const caf::actor_addr& target) {
  // It may have been withdrawn and offered again meanwhile.
  if (auto* entry = targets_.find(target);
      entry != nullptr && entry->waiting > 0)
    --entry->waiting;
}

void forwarder::answered(std::uint64_t id, const caf::actor_addr& target,
                         reply& result) {
  if (auto* pending = messages_.find(id))
    pending->answered_by(target);
  messages_.finish(id, std::move(result));
}

void forwarder::failed(std::uint64_t id, const caf::actor_addr& target,
                       const caf::error& error) {
  auto* pending = messages_.find(id);
  if (pending == nullptr)
    messages_.lose(id); // It has been answered.
  if (pending == nullptr || !pending->failed_at(target))
    return; // It is at another replica by now.
  auto reason = reason_of(error);
  if (reason == errc::unavailable) {
    lost(id, *pending);
    return;
  }
  setup_.shared->log->error("handler \"{}\": the actor behind it failed: {}",
                            setup_.handler->name, text_of(error));
  messages_.finish(id, to_reply(reason));
}

/// The replica that had the message is gone, and nobody knows what it did.
void forwarder::lost(std::uint64_t id, pending_message& pending) {
  const auto* action = pending.action();
  if (pending.has_key()) {
    messages_.lose(id);
    return;
  }
  if (!pending.message().only_asks()
      && (action == nullptr || !action->idempotent)) {
    messages_.finish(id, to_reply(errc::unavailable));
    return;
  }
  pending.avoid_holder(*self_);
  send(id, pending);
}

// -- deaths -------------------------------------------------------------------

std::optional<std::uint64_t>
forwarder::connection_died(const caf::actor_addr& actor) {
  auto known = connections_.extract(actor);
  if (!known)
    return std::nullopt;
  return known.mapped().connection_id;
}

void forwarder::replica_died(const caf::down_msg& down) {
  targets_.died(down.source);
  auto held = messages_.held_by(down.source);
  if (!held.empty())
    setup_.shared->log->warn("handler \"{}\": the actor behind it is gone with "
                             "{} messages: {}",
                             setup_.handler->name, held.size(),
                             text_of(down.reason));
  for (auto id : held)
    if (auto* pending = messages_.find(id))
      lost(id, *pending);
  messages_.holder_died(down);
}

} // namespace stagedoor
