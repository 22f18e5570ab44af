// Who is in a group: each unit says it of its connections, each node of its
// units.

#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

caf::result<member_list> group_hub_state::members(const std::string& group_name,
                                                  group_reach reach) {
  auto present = own_members(group_name);
  if (reach == group_reach::cluster)
    find_links();
  auto missing = reach == group_reach::unit || units_.empty()
                     ? std::size_t{0}
                     : units_.size() - 1;
  if (reach == group_reach::cluster)
    missing += links_.size();
  if (missing == 0)
    return present.take();
  auto promise = self_->make_response_promise<member_list>();
  auto [id, open] = questions_.add_expiring(self_, promise, std::move(present));
  open.missing = missing;
  self_->home().arm(open.due, setup_.shared->limits.members_timeout);
  for (const auto& hub : units_)
    if (hub != self_)
      ask(id, hub, group_name, group_reach::unit);
  if (reach == group_reach::cluster)
    for (const auto& [address, to] : links_)
      ask(id, to.hub, group_name, group_reach::node);
  return promise;
}

member_count group_hub_state::own_members(const std::string& group_name) {
  member_count result{setup_.shared->limits.members_listed_max};
  auto found = groups_.find(group_name);
  if (found == groups_.end())
    return result;
  for (const auto& [id, who] : found->second.members)
    result.add({who.scope->user.id, who.scope->user.username, 1});
  return result;
}

void group_hub_state::ask(std::uint64_t id, const caf::actor& hub,
                          const std::string& group_name, group_reach reach) {
  // What is late makes the list incomplete; then CAF may forget it.
  self_
      ->request(caf::actor_cast<group_hub_actor>(hub),
                setup_.shared->limits.members_timeout * 2, caf::get_atom_v,
                group_name, reach)
      .then([this, id](const member_list& part) { answered(id, &part); },
            [this, id](const caf::error&) { answered(id, nullptr); });
}

/// @param part null if it will not come.
void group_hub_state::answered(std::uint64_t id, const member_list* part) {
  auto* open = questions_.find(id);
  if (open == nullptr)
    return; // Too late.
  if (part == nullptr)
    open->present.miss();
  else
    open->present.add(*part);
  if (--open->missing == 0)
    finish(id);
}

void group_hub_state::finish(std::uint64_t id) {
  auto done = questions_.take(id);
  if (!done)
    return;
  auto& open = done.mapped();
  if (open.missing > 0)
    open.present.miss();
  open.promise.deliver(open.present.take());
}

} // namespace stagedoor
