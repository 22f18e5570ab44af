#include "stagedoor/actors/groups/link_gate.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include <algorithm>

namespace stagedoor {

link_gate::link_gate(owner_pointer self, runtime_ptr shared,
                     const endpoint_table& endpoints,
                     std::function<void(const group_batch&)> spread)
    : self_(self), shared_(std::move(shared)), spread_(std::move(spread)),
      has_guards_(std::any_of(
          endpoints.begin(), endpoints.end(), [](const auto& endpoint) {
            return std::any_of(
                endpoint.groups.begin(), endpoint.groups.end(),
                [](const auto& each) { return each.rule.guard != nullptr; });
          })) {}

caf::result<void> link_gate::take(group_batch& batch) {
  const auto sender = self_->current_sender();
  if (!has_guards_ || !sender) {
    spread_(batch);
    return caf::unit;
  }
  auto [linked, is_new] = nodes_.try_emplace(sender->node());
  if (is_new) {
    // Of its other hubs none dies as long as there is a link.
    caf_api::monitor(*self_, caf::actor_cast<caf::actor>(sender));
    ask(linked->first, linked->second);
  }
  if (linked->second.asking == 0) {
    spread_(batch);
    return caf::unit;
  }
  auto promise = self_->make_response_promise<void>();
  waiting_.emplace(linked->second.asking, arrival{std::move(batch), promise});
  return promise;
}

void link_gate::ask(const caf::node_id& node, entry& linked) {
  for (const auto& [name, listener] : shared_->services->entries(
           shared_->server_name + std::string(listeners_service)))
    if (listener.node() == self_->ctrl()->nid) {
      linked.asking = ++last_question_;
      const auto go_on = [this, node, question = linked.asking] {
        asked(node, question);
      };
      self_
          ->request(caf::actor_cast<listener_actor>(listener), caf::infinite,
                    caf::put_atom_v, invalidate_atom_v, std::string{})
          .then(go_on, [go_on](const caf::error&) { go_on(); });
      return;
    }
}

/// Hands out what has waited. The node may be gone by now, or linked anew.
void link_gate::asked(const caf::node_id& node, std::uint64_t question) {
  const auto linked = nodes_.find(node);
  if (linked != nodes_.end() && linked->second.asking == question)
    linked->second.asking = 0;
  const auto [first, last] = waiting_.equal_range(question);
  for (auto next = first; next != last; ++next) {
    spread_(next->second.batch);
    caf_api::deliver_done(next->second.promise);
  }
  waiting_.erase(first, last);
}

} // namespace stagedoor
