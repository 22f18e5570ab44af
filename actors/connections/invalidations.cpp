#include "stagedoor/actors/connections/invalidations.hpp"

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

invalidations::~invalidations() {
  for (auto& [id, open] : questions_)
    open.promise.deliver(make_error(errc::unavailable));
}

std::string invalidations::own_name() const {
  return shared_->cluster ? shared_->cluster->name() : shared_->server_name;
}

/// The nodes that may have clients and cannot be asked.
std::set<std::string> invalidations::lost_nodes() const {
  std::set<std::string> result;
  if (!shared_->cluster)
    return result;
  for (const auto& peer : shared_->cluster->peers())
    if (peer.is_lost && peer.roles.front)
      result.insert(peer.name);
  if (shared_->cluster->awaited() > 0)
    result.insert("nodes that are awaited");
  return result;
}

caf::result<void> invalidations::everywhere(const std::string& id) {
  // In this order: a node that goes meanwhile is in one of them.
  const auto listeners = shared_->services->entries(
      shared_->server_name + std::string(listeners_service));
  std::set<std::string> silent = lost_nodes();
  silent.insert(own_name());
  auto promise = self_->make_response_promise<void>();
  auto [number, question] =
      questions_.add_expiring(self_, promise, std::move(silent));
  const auto& patience = shared_->limits.invalidate_timeout;
  self_->home().arm(question.due, patience);
  question.open = 1;
  for (const auto& [node, handle] : listeners) {
    if (handle == self_)
      continue;
    question.silent.insert(node);
    ++question.open;
    self_
        // What is late has been told of by then; then CAF may forget it.
        ->request(caf::actor_cast<listener_actor>(handle), 2 * patience,
                  caf::put_atom_v, invalidate_atom_v, id)
        .then([this, number = number,
               name = node] { answered(number, name, true); },
              [this, number = number, name = node](const caf::error&) {
                answered(number, name, false);
              });
  }
  order(id, [this, number = number] { answered(number, own_name(), true); });
  return promise;
}

caf::result<void> invalidations::here(const std::string& id) {
  auto promise = self_->make_response_promise<void>();
  order(id, [promise] { caf_api::deliver_done(promise); });
  return promise;
}

void invalidations::order(const std::string& id, std::function<void()>&& then) {
  const auto number = orders_.add(std::move(then)).id;
  const auto listener = caf::actor_cast<listener_actor>(self_);
  // What is pointed to does not matter, only when the last pointer goes.
  tell_({id, std::shared_ptr<const void>{this, [listener, number](auto*) {
                                           caf::anon_send(
                                               listener, answer_atom_v, number);
                                         }}});
}

void invalidations::done_here(std::uint64_t order) {
  if (auto done = orders_.take(order))
    done.mapped()();
}

void invalidations::answered(std::uint64_t question, const std::string& node,
                             bool is_done) {
  auto* asked = questions_.find(question);
  if (asked == nullptr)
    return; // Too late.
  if (is_done)
    asked->silent.erase(node);
  if (--asked->open == 0)
    finish(question);
}

void invalidations::finish(std::uint64_t question) {
  auto done = questions_.take(question);
  if (!done)
    return;
  auto& [promise, silent, open, due] = done.mapped();
  if (silent.empty()) {
    caf_api::deliver_done(promise);
    return;
  }
  std::string names;
  for (const auto& name : silent)
    names += (names.empty() ? "" : ", ") + name;
  shared_->log->warn("not all nodes have asked the guards of groups again, and "
                     "may send events to members whose rights are gone: {}",
                     names);
  promise.deliver(make_error(errc::timed_out,
                             "These nodes have not answered: " + names + '.'));
}

} // namespace stagedoor
