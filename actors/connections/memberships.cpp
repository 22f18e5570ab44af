#include "stagedoor/actors/connections/memberships.hpp"

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/description/group_rules.hpp"
#include "stagedoor/actors/units/expiry.hpp"
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

/// The answer that somebody who has asked for a join is owed. A dying actor
/// breaks no promise by itself.
class owed_answer {
public:
  explicit owed_answer(caf::typed_response_promise<void> promise)
      : promise_(std::move(promise)) {}
  ~owed_answer() {
    if (promise_.pending())
      promise_.deliver(make_error(errc::unavailable));
  }
  owed_answer(const owed_answer&) = delete;
  owed_answer& operator=(const owed_answer&) = delete;

  void give(const caf::error& error) {
    if (error == caf::none)
      caf_api::deliver_done(promise_);
    else
      promise_.deliver(error);
  }

private:
  caf::typed_response_promise<void> promise_;
};

caf::result<void> result_of(errc problem) {
  if (problem != errc::none)
    return make_error(problem);
  return caf::unit;
}

} // namespace

// -- joining and leaving ------------------------------------------------------

caf::result<void> memberships::join(const std::string& group,
                                    std::optional<std::string> meta,
                                    std::uint64_t sequence) {
  if (const auto problem = check_join(group, meta); problem != errc::none)
    return result_of(problem);
  fields captures;
  const auto* guarded =
      guarded_rule_of(group, *core_.setup.endpoints, captures);
  if (guarded == nullptr || is_member(group))
    return result_of(enter_allowed(group, std::move(meta)));
  auto promise = core_.self->make_response_promise<void>();
  const auto asker = std::make_shared<owed_answer>(promise);
  guards().join(group, *guarded, std::move(captures), std::move(meta),
                [this, asker, group, sequence](const caf::error& error) {
                  if (error == caf::none)
                    follow(group, sequence);
                  asker->give(error);
                });
  return promise;
}

/// Has a client that has joined a group get its history.
void memberships::follow(const std::string& group, std::uint64_t sequence) {
  const auto policy = policy_of(group, *core_.setup.endpoints);
  if (policy.kept && is_member(group) && !is_over_)
    cursors().enter(group, policy.replay,
                    owner_.is_unanswered(sequence) ? sequence : 0);
}

void memberships::resume(const std::string& group, const group_position& from,
                         std::uint64_t sequence, group_cursors::resumed then) {
  fields captures;
  const auto* guarded =
      guarded_rule_of(group, *core_.setup.endpoints, captures);
  if (guarded == nullptr || !policy_of(group, *core_.setup.endpoints).kept
      || check_join(group, {}) != errc::none) {
    then(std::nullopt);
    return;
  }
  guards().join(group, *guarded, std::move(captures), {},
                [this, group, from, sequence,
                 then = std::move(then)](const caf::error& error) {
                  if (is_over_)
                    return;
                  if (error == caf::none && is_member(group))
                    cursors().resume(group, from, sequence, then);
                  else
                    then(std::nullopt);
                });
}

group_guards& memberships::guards() {
  if (!guards_)
    guards_ = std::make_unique<group_guards>(
        core_, who_, static_cast<group_guards::owner&>(*this),
        sends_expired(core_.self, guards_deadline));
  return *guards_;
}

group_cursors& memberships::cursors() {
  if (!cursors_)
    cursors_ = std::make_unique<group_cursors>(core_, outbox_);
  return *cursors_;
}

errc memberships::check_join(const std::string& group,
                             const std::optional<std::string>& meta) const {
  const auto& bounds = core_.bounds();
  if (!is_group_name(group, bounds.group_name_bytes_max))
    return errc::invalid_group;
  if (meta && !is_meta(*meta, bounds.member_meta_bytes_max))
    return errc::invalid_meta;
  const auto joined =
      groups_.size() + (guards_ ? guards_->joins_beside(group) : 0);
  return is_member(group) || joined < bounds.groups_max ? errc::none
                                                        : errc::too_many_groups;
}

errc memberships::enter_allowed(const std::string& group,
                                std::optional<std::string> meta) {
  if (!is_member(group))
    groups_.push_back(group);
  else if (!meta)
    return errc::none;
  enter(group, meta.value_or(std::string{}));
  return errc::none;
}

caf::result<void> memberships::update_meta(const std::string& group,
                                           std::string meta) {
  if (!is_meta(meta, core_.bounds().member_meta_bytes_max))
    return make_error(errc::invalid_meta);
  if (is_member(group))
    enter(group, std::move(meta));
  else if (guards_)
    guards_->update_meta(group, meta);
  return caf::unit;
}

bool memberships::is_member(const std::string& group) const {
  return std::find(groups_.begin(), groups_.end(), group) != groups_.end();
}

void memberships::enter(std::string group, std::string meta) {
  core_.self->send(core_.setup.roles->groups,
                   group_joined{std::move(group), who_.scope(), core_.handle(),
                                std::move(meta)});
}

void memberships::refresh() {
  for (const auto& group : groups_)
    enter(group);
  for (const auto& hub : subscriptions_)
    core_.self->send(caf::actor_cast<subscription_hub_actor>(hub),
                     connection_opened{who_.scope(), core_.handle()});
  ask_guards_again(nullptr);
}

void memberships::leave(const std::string& group) {
  if (guards_)
    guards_->leave(group);
  forget(group);
}

/// Tells the hub that the client is in a group no more.
void memberships::forget(const std::string& group) {
  if (std::erase(groups_, group) == 0)
    return;
  if (cursors_)
    cursors_->forget(group);
  std::erase_if(losses_, [&](const auto& x) { return x.group == group; });
  core_.self->send(core_.setup.roles->groups,
                   group_left{group, core_.self->id()});
}

// -- what guards answer when they are asked again -----------------------------

void memberships::stay_asked(const std::string& group) {
  if (cursors_)
    cursors_->guard_is_asked(group);
}

void memberships::stay_allowed(const std::string& group,
                               const std::list<group_event>& waited,
                               std::uint64_t dropped) {
  if (cursors_)
    cursors_->guard_allows(group);
  for (const auto& event : waited)
    deliver(event);
  if (dropped == 0)
    return;
  count_loss(group, drop_reason::guarded, dropped);
  tell_losses();
}

void memberships::stay_denied(const std::string& group) {
  forget(group);
  std::erase_if(
      held_, [&](const held_event& x) { return x.event.group->name == group; });
  outbox_.send(revoked_event(group));
}

// -- events -------------------------------------------------------------------

/// Whether the client may have an event of a group with a guard now.
bool memberships::may_have(const group_event& event) {
  return guards_ && !guards_->holds_back(event)
         && !(cursors_ && cursors_->is_lost(event.group->name));
}

void memberships::deliver(const group_event& event) {
  if (!losses_.empty())
    tell_losses();
  // What is held goes first.
  if (held_.empty() && losses_.empty() && !outbox_.is_full()) {
    outbox_.send_encoded(*event.text);
    return;
  }
  switch (event.group->slow.what()) {
  case slow_member::drop_newest:
    count_loss(event.group->name, drop_reason::slow_member_newest);
    break;
  case slow_member::drop_oldest:
  case slow_member::newest_of_key:
    hold(event);
    break;
  case slow_member::close:
    outbox_.count_drop(drop_reason::slow_member_closed);
    owner_.too_slow();
    break;
  }
}

void memberships::take(const numbered_event& event) {
  if (!cursors_ || cursors_->take(event)
      || event.group->slow.what() != slow_member::close)
    return;
  outbox_.count_drop(drop_reason::slow_member_closed);
  owner_.too_slow();
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
  count_loss(held_.front().event.group->name, drop_reason::slow_member_oldest);
  held_.pop_front();
}

/// Notes events that the client does not get. It is told of those of the groups
/// that it has joined.
void memberships::count_loss(const std::string& group, drop_reason why,
                             std::uint64_t count) {
  outbox_.count_drop(why, count);
  if (!is_member(group))
    return;
  auto known = std::find_if(losses_.begin(), losses_.end(),
                            [&](const loss& x) { return x.group == group; });
  if (known != losses_.end())
    known->count += count;
  else
    losses_.push_back({group, count});
}

/// What a group with a history loses here are events of presence.
void memberships::tell_losses() {
  auto next = losses_.begin();
  for (; next != losses_.end() && !outbox_.is_full(); ++next)
    outbox_.send(cursors_ && cursors_->has(next->group)
                     ? changed_event(next->group)
                     : lost_event(next->group, next->count));
  losses_.erase(losses_.begin(), next);
}

void memberships::send_held() {
  tell_losses();
  while (!held_.empty() && !outbox_.is_full()) {
    const auto next = std::move(held_.front());
    held_.pop_front();
    outbox_.send_encoded(*next.event.text);
  }
  if (cursors_)
    cursors_->advance();
}

void memberships::stop() {
  is_over_ = true;
  if (guards_)
    guards_->stop();
  if (cursors_)
    cursors_->stop();
  if (!held_.empty())
    outbox_.count_drop(drop_reason::slow_member_closed, held_.size());
  held_.clear();
  losses_.clear();
}

} // namespace stagedoor
