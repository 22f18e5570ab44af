#include "stagedoor/actors/connections/memberships.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

errc memberships::join(std::string group, scope_ptr scope) {
  const auto& bounds = core_.bounds();
  if (!is_group_name(group, bounds.group_name_bytes_max))
    return errc::invalid_group;
  if (std::find(groups_.begin(), groups_.end(), group) != groups_.end())
    return errc::none;
  if (groups_.size() >= bounds.groups_max)
    return errc::too_many_groups;
  groups_.push_back(group);
  enter(std::move(group), std::move(scope));
  return errc::none;
}

void memberships::enter(std::string group, scope_ptr scope) {
  core_.self->send(
      core_.setup.roles->groups,
      group_joined{std::move(group), std::move(scope), core_.handle()});
}

void memberships::refresh(const scope_ptr& scope) {
  for (const auto& group : groups_)
    enter(group, scope);
  for (const auto& hub : subscriptions_)
    core_.self->send(caf::actor_cast<subscription_hub_actor>(hub),
                     connection_opened{scope, core_.handle()});
}

void memberships::leave(const std::string& group) {
  if (std::erase(groups_, group) > 0)
    core_.self->send(core_.setup.roles->groups,
                     group_left{group, core_.self->id()});
}

bool memberships::deliver(const group_event& event) {
  // What is held goes first.
  if (held_.empty() && !outbox_.is_full()) {
    outbox_.send_encoded(*event.text);
    return true;
  }
  switch (event.slow) {
  case slow_member::drop_newest:
    outbox_.count_drop(drop_reason::slow_member_newest);
    return true;
  case slow_member::drop_oldest:
    hold(event);
    return true;
  case slow_member::close:
    outbox_.count_drop(drop_reason::slow_member_closed);
    return false;
  }
  return true;
}

void memberships::hold(const group_event& event) {
  held_.push_back(event.text);
  if (held_.size() <= core_.bounds().held_events_max)
    return;
  held_.pop_front();
  outbox_.count_drop(drop_reason::slow_member_oldest);
}

void memberships::send_held() {
  while (!held_.empty() && !outbox_.is_full()) {
    auto text = std::move(held_.front());
    held_.pop_front();
    outbox_.send_encoded(*text);
  }
}

void memberships::drop_held() {
  if (!held_.empty())
    outbox_.count_drop(drop_reason::slow_member_closed, held_.size());
  held_.clear();
}

} // namespace stagedoor
