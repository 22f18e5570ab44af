#include "stagedoor/actors/groups/presence_keeper.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

presence_keeper::presence_keeper(owner_pointer self,
                                 std::function<void()> on_due,
                                 presence_table::policy_finder find_policy,
                                 presence_table::teller tell)
    : self_(self), table_(std::move(find_policy), std::move(tell)),
      due_(std::move(on_due)) {}

void presence_keeper::note(const presence_note& what,
                           const std::vector<caf::actor>& hubs) {
  meet(hubs);
  table_.take({}, what, self_->home().now());
  arm();
  for (auto& [address, to] : links_) {
    if (!to.needs_all)
      to.waiting.push_back(what);
    if (to.waiting.size() > notes_waiting_max) {
      to.waiting.clear();
      to.needs_all = true;
    }
    if (!to.is_sending)
      send(to);
  }
}

void presence_keeper::take(const caf::actor& keeper, const presence_notes& told,
                           const std::vector<caf::actor>& hubs) {
  const auto address = keeper.address();
  if (known_.insert(address).second)
    caf_api::monitor(*self_, keeper);
  if (told.is_all)
    table_.replace(address, told.notes);
  else
    for (const auto& each : told.notes)
      table_.take(address, each, self_->home().now());
  arm();
  meet(hubs);
}

void presence_keeper::meet(const std::vector<caf::actor>& hubs) {
  auto before = std::exchange(links_, {});
  for (const auto& hub : hubs) {
    const auto address = hub.address();
    const auto known = before.find(address);
    if (known != before.end()
        && are_same(known->second.keeper.address(), address))
      links_.insert(before.extract(known));
    else
      add(hub);
  }
}

void presence_keeper::add(const caf::actor& keeper) {
  auto& to = links_.emplace(keeper.address(), link{keeper}).first->second;
  to.needs_all = !table_.own().empty();
  if (to.needs_all)
    send(to);
}

void presence_keeper::forget(const caf::actor_addr& keeper) {
  if (known_.erase(keeper) > 0)
    table_.forget(keeper);
}

void presence_keeper::send(link& to) {
  presence_notes next{to.needs_all ? table_.own()
                                   : std::exchange(to.waiting, {}),
                      to.needs_all};
  to.needs_all = false;
  if (next.notes.empty() && !next.is_all)
    return;
  to.is_sending = true;
  // A keeper that does not answer is gone, or is about to be.
  self_
      ->request(caf::actor_cast<group_hub_actor>(to.keeper), caf::infinite,
                caf::put_atom_v, std::move(next))
      .then([this, keeper = to.keeper] { sent(keeper); },
            [](const caf::error&) {});
}

void presence_keeper::sent(const caf::actor& keeper) {
  const auto found = links_.find(keeper.address());
  if (found == links_.end()
      || !are_same(found->second.keeper.address(), keeper.address()))
    return;
  found->second.is_sending = false;
  if (found->second.needs_all || !found->second.waiting.empty())
    send(found->second);
}

void presence_keeper::tell_due() {
  table_.tell_due(self_->home().now());
  arm();
}

void presence_keeper::arm() {
  if (const auto next = table_.next_due())
    self_->home().arm(
        due_, std::max(*next - self_->home().now(), unit::clock::duration{0}));
}

} // namespace stagedoor
