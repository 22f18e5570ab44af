#include "stagedoor/actors/connections/listener.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/actors/sockets/socket_limits.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <random>
#include <utility>

namespace stagedoor {

namespace {

/// Any number that leaves room to count from it.
std::uint64_t random_start() {
  std::random_device random;
  return std::uniform_int_distribution<std::uint64_t>{
      0, std::numeric_limits<std::int64_t>::max() / 2}(random);
}

/// Unique in the process, across all servers, and for a node among all nodes:
/// the one that runs a handler keeps the states of connections of others.
std::uint64_t next_connection_id(bool is_node) {
  static std::atomic<std::uint64_t> last{0};
  static const std::uint64_t start = random_start();
  return ++last + (is_node ? start : 0);
}

} // namespace

listener_state::listener_state(pointer self)
    : self_(self), retry_([self] {
        caf::anon_send(caf::actor_cast<listener_actor>(self), retry_atom_v);
      }) {}

listener_state::~listener_state() {
  if (setup_.acceptor)
    setup_.acceptor->close();
}

listener_actor::behavior_type listener_state::start(listener_setup setup) {
  setup_ = std::move(setup);
  load_.resize(setup_.units.size());
  invalidations_.emplace(
      self_, setup_.shared,
      [this](const invalidation_order& order) { tell_all(order); });
  caf_api::on_down(*self_, [this](const caf::down_msg& down) {
    connection_ended(down.source.id());
  });
  accept_next();
  return {
      [this](drain_atom) { drain(); },
      [this](retry_atom) { accept_next(); },
      [this](revoke_atom order, const std::string& id) {
        tell_all(order, id);
        revoke_on_nodes(id);
      },
      [this](invalidate_atom, const std::string& id) {
        return invalidations_->everywhere(id);
      },
      [this](caf::put_atom, revoke_atom order, const std::string& id) {
        tell_all(order, id);
      },
      [this](caf::put_atom, invalidate_atom, const std::string& id) {
        return invalidations_->here(id);
      },
      [this](answer_atom, std::uint64_t order) {
        invalidations_->done_here(order);
      },
      [this](expired_atom, std::uint64_t question) {
        invalidations_->finish(question);
      },
      [this](caf::get_atom) { return connection_counts{load_}; },
  };
}

void listener_state::accept_next() {
  const auto& bounds = setup_.shared->limits;
  if (accepting_
      || connections_.size() >= bounds.connections_max + bounds.refusals_max)
    return;
  accepting_ = true;
  auto least = std::min_element(load_.begin(), load_.end()) - load_.begin();
  setup_.acceptor->accept(
      static_cast<std::size_t>(least),
      [this](socket_accepted event) { self_->enter([&] { accepted(event); }); },
      [this](const accept_failed& event) {
        self_->enter([&] { failed(event); });
      });
}

void listener_state::accepted(socket_accepted& event) {
  accepting_ = false;
  failing_ = false;
  const auto& target = setup_.units[event.unit_index];
  auto admitted = !setup_.ready->is_draining()
                  && admitted_ < setup_.shared->limits.connections_max;
  const auto id = setup_.next_id
                      ? setup_.next_id()
                      : next_connection_id(setup_.shared->cluster != nullptr);
  connection_setup setup{setup_.shared, setup_.endpoints,
                         target.roles,  std::move(event.socket),
                         setup_.ready,  id,
                         !admitted};
  auto spawned = target.home->spawn(connection, std::move(setup));
  caf_api::monitor(*self_, spawned);
  connections_.emplace(spawned.id(),
                       connection_entry{spawned, event.unit_index, admitted});
  ++load_[event.unit_index];
  admitted_ += admitted ? 1 : 0;
  accept_next();
}

void listener_state::failed(const accept_failed& event) {
  accepting_ = false;
  if (!std::exchange(failing_, true))
    setup_.shared->log->warn("cannot accept connections: {}; trying on",
                             event.reason);
  self_->home().arm(retry_, socket_limits::accept_retry_delay);
}

void listener_state::connection_ended(caf::actor_id id) {
  auto node = connections_.extract(id);
  if (!node)
    return;
  --load_[node.mapped().unit_index];
  admitted_ -= node.mapped().admitted ? 1 : 0;
  accept_next();
  tell_if_drained();
}

void listener_state::drain() {
  setup_.ready->drain();
  tell_all(drain_atom_v);
  tell_if_drained();
}

/// Has the listeners of other nodes tell their connections.
void listener_state::revoke_on_nodes(const std::string& id) {
  const auto& shared = *setup_.shared;
  for (const auto& [node, handle] : shared.services->entries(
           shared.server_name + std::string(listeners_service)))
    if (handle != self_)
      self_->send(caf::actor_cast<listener_actor>(handle), caf::put_atom_v,
                  revoke_atom_v, id);
}

void listener_state::tell_if_drained() {
  // Those that only hear a 503 come and go until the end.
  if (setup_.ready->is_draining() && admitted_ == 0)
    setup_.on_drained();
}

listener_actor::behavior_type listener(listener_state::pointer self,
                                       listener_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
