// The groups of a connection: what it is in, and what it does with their
// events while its client is slow.

#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

caf::result<void> connection_state::join(std::string& group) {
  if (stage_ != stage::open)
    return make_error(errc::unavailable);
  if (!is_group_name(group, bounds().group_name_bytes_max))
    return make_error(errc::invalid_group);
  if (std::find(groups_.begin(), groups_.end(), group) != groups_.end())
    return caf::unit;
  if (groups_.size() >= bounds().groups_max)
    return make_error(errc::too_many_groups);
  groups_.push_back(group);
  enter(std::move(group));
  return caf::unit;
}

void connection_state::enter(std::string group) {
  self_->send(setup_.roles->groups,
              group_joined{std::move(group), scope_,
                           caf::actor_cast<caf::actor>(self_)});
}

void connection_state::leave(const std::string& group) {
  if (std::erase(groups_, group) > 0)
    self_->send(setup_.roles->groups, group_left{group, self_->id()});
}

void connection_state::on_group_event(const group_event& event) {
  if (stage_ == stage::accepting)
    hold(event);
  if (stage_ != stage::open)
    return;
  // What is held goes first.
  if (held_.empty() && !setup_.socket->outbound_full()) {
    send(*event.text);
    return;
  }
  switch (event.slow) {
  case slow_member::drop_newest:
    count_drop(drop_reason::slow_member_newest);
    return;
  case slow_member::drop_oldest:
    hold(event);
    return;
  case slow_member::close:
    count_drop(drop_reason::slow_member_closed);
    close(close_code::try_again_later, "slow consumer");
    return;
  }
}

/// Keeps an event until the socket takes it.
void connection_state::hold(const group_event& event) {
  held_.push_back(event.text);
  if (held_.size() <= bounds().held_events_max)
    return;
  held_.pop_front();
  count_drop(drop_reason::slow_member_oldest);
}

void connection_state::send_held() {
  while (!held_.empty() && stage_ == stage::open
         && !setup_.socket->outbound_full()) {
    auto text = std::move(held_.front());
    held_.pop_front();
    send(*text);
  }
}

void connection_state::drop_held() {
  if (!held_.empty())
    count_drop(drop_reason::slow_member_closed, held_.size());
  held_.clear();
}

void connection_state::count_drop(drop_reason why, std::size_t count) {
  pushes_dropped_ += count;
  if (metrics_ != nullptr)
    metrics_->count_drop(why, count);
}

} // namespace stagedoor
