#include "stagedoor/actors/groups/link_gate.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include <algorithm>
#include <string>

namespace stagedoor {

link_gate::link_gate(owner_pointer self, runtime_ptr shared,
                     const endpoint_table& endpoints)
    : self_(self), shared_(std::move(shared)),
      has_guards_(std::any_of(
          endpoints.begin(), endpoints.end(), [](const auto& endpoint) {
            return std::any_of(
                endpoint.groups.begin(), endpoint.groups.end(),
                [](const auto& each) { return each.rule.guard != nullptr; });
          })) {}

void link_gate::meet(const std::vector<caf::actor>& hubs) {
  if (has_guards_)
    for (const auto& hub : hubs)
      opened(hub);
}

/// @returns the question that an arrival has to wait for; 0: none.
std::uint64_t link_gate::question_for(const caf::strong_actor_ptr& sender) {
  return has_guards_ && sender ? opened(caf::actor_cast<caf::actor>(sender))
                               : 0;
}

/// @returns the question that what comes over the link waits for.
std::uint64_t& link_gate::opened(const caf::actor& hub) {
  auto [linked, is_new] = asking_.try_emplace(hub.node());
  if (is_new) {
    // Of its other hubs none dies as long as there is a link.
    caf_api::monitor(*self_, hub);
    linked->second = ask(hub.node());
  }
  return linked->second;
}

/// Has the connections of this node ask their guards again.
/// @returns the number of that question; 0 if there are no connections yet.
std::uint64_t link_gate::ask(const caf::node_id& node) {
  for (const auto& [name, listener] : shared_->services->entries(
           shared_->server_name + std::string(listeners_service)))
    if (listener.node() == self_->ctrl()->nid) {
      const auto go_on = [this, node, question = ++last_question_] {
        asked(node, question);
      };
      self_
          ->request(caf::actor_cast<listener_actor>(listener), caf::infinite,
                    caf::put_atom_v, invalidate_atom_v, std::string{})
          .then(go_on, [go_on](const caf::error&) { go_on(); });
      return last_question_;
    }
  return 0;
}

caf::result<void> link_gate::hold(std::uint64_t question,
                                  std::function<void()> hand_out) {
  auto promise = self_->make_response_promise<void>();
  waiting_.emplace(question, arrival{std::move(hand_out), promise});
  return promise;
}

/// Hands out what has waited. The node may be gone by now, or linked anew.
void link_gate::asked(const caf::node_id& node, std::uint64_t question) {
  if (const auto linked = asking_.find(node);
      linked != asking_.end() && linked->second == question)
    linked->second = 0;
  const auto [first, last] = waiting_.equal_range(question);
  for (auto next = first; next != last; ++next) {
    next->second.hand_out();
    caf_api::deliver_done(next->second.promise);
  }
  waiting_.erase(first, last);
}

} // namespace stagedoor
