#include "stagedoor/actors/connections/memberships.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// Returns the JSON of the value that decides which event that waits `event`
/// replaces; empty if it replaces none.
std::string key_of(const group_event& event) {
  const auto& slow = event.group->slow;
  if (slow.what() != slow_member::newest_of_key)
    return {};
  const auto parsed = parse_json(*event.text, wire_depth_max);
  const auto* whole = parsed ? parsed->if_object() : nullptr;
  const auto* data = whole != nullptr ? whole->if_contains("data") : nullptr;
  const auto* object = data != nullptr ? data->if_object() : nullptr;
  const auto* value =
      object != nullptr ? object->if_contains(slow.key()) : nullptr;
  return value != nullptr ? to_json(*value) : std::string{};
}

} // namespace

errc memberships::join(std::string group, scope_ptr scope,
                       std::optional<std::string> meta) {
  const auto& bounds = core_.bounds();
  if (!is_group_name(group, bounds.group_name_bytes_max))
    return errc::invalid_group;
  if (meta && !is_meta(*meta, bounds.member_meta_bytes_max))
    return errc::invalid_meta;
  if (!is_member(group)) {
    if (groups_.size() >= bounds.groups_max)
      return errc::too_many_groups;
    groups_.push_back(group);
  } else if (!meta) {
    return errc::none;
  }
  enter(std::move(group), std::move(scope), meta.value_or(std::string{}));
  return errc::none;
}

errc memberships::update_meta(const std::string& group, scope_ptr scope,
                              std::string meta) {
  if (!is_meta(meta, core_.bounds().member_meta_bytes_max))
    return errc::invalid_meta;
  if (is_member(group))
    enter(group, std::move(scope), std::move(meta));
  return errc::none;
}

bool memberships::is_member(const std::string& group) const {
  return std::find(groups_.begin(), groups_.end(), group) != groups_.end();
}

void memberships::enter(std::string group, scope_ptr scope, std::string meta) {
  core_.self->send(core_.setup.roles->groups,
                   group_joined{std::move(group), std::move(scope),
                                core_.handle(), std::move(meta)});
}

void memberships::refresh(const scope_ptr& scope) {
  for (const auto& group : groups_)
    enter(group, scope);
  for (const auto& hub : subscriptions_)
    core_.self->send(caf::actor_cast<subscription_hub_actor>(hub),
                     connection_opened{scope, core_.handle()});
}

void memberships::leave(const std::string& group) {
  if (std::erase(groups_, group) == 0)
    return;
  std::erase_if(losses_, [&](const auto& x) { return x.group == group; });
  core_.self->send(core_.setup.roles->groups,
                   group_left{group, core_.self->id()});
}

bool memberships::deliver(const group_event& event) {
  if (!losses_.empty())
    tell_losses();
  // What is held goes first.
  if (held_.empty() && losses_.empty() && !outbox_.is_full()) {
    outbox_.send_encoded(*event.text);
    return true;
  }
  switch (event.group->slow.what()) {
  case slow_member::drop_newest:
    count_loss(event, drop_reason::slow_member_newest);
    return true;
  case slow_member::drop_oldest:
  case slow_member::newest_of_key:
    hold(event);
    return true;
  case slow_member::close:
    outbox_.count_drop(drop_reason::slow_member_closed);
    return false;
  }
  return true;
}

void memberships::hold(const group_event& event) {
  auto key = key_of(event);
  if (!key.empty())
    std::erase_if(held_, [&](const held_event& x) {
      return x.key == key && x.event.group->name == event.group->name;
    });
  held_.push_back({event, std::move(key)});
  if (held_.size() <= core_.bounds().held_events_max)
    return;
  count_loss(held_.front().event, drop_reason::slow_member_oldest);
  held_.pop_front();
}

/// Notes an event that the client does not get. It is told of those of the
/// groups that it has joined.
void memberships::count_loss(const group_event& event, drop_reason why) {
  outbox_.count_drop(why);
  const auto& name = event.group->name;
  if (!is_member(name))
    return;
  auto known = std::find_if(losses_.begin(), losses_.end(),
                            [&](const loss& x) { return x.group == name; });
  if (known != losses_.end())
    ++known->count;
  else
    losses_.push_back({name, 1});
}

void memberships::tell_losses() {
  auto next = losses_.begin();
  for (; next != losses_.end() && !outbox_.is_full(); ++next)
    outbox_.send(lost_event(next->group, next->count));
  losses_.erase(losses_.begin(), next);
}

void memberships::send_held() {
  tell_losses();
  while (!held_.empty() && !outbox_.is_full()) {
    const auto next = std::move(held_.front());
    held_.pop_front();
    outbox_.send_encoded(*next.event.text);
  }
}

void memberships::drop_held() {
  if (!held_.empty())
    outbox_.count_drop(drop_reason::slow_member_closed, held_.size());
  held_.clear();
  losses_.clear();
}

} // namespace stagedoor
