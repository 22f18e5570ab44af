#include "stagedoor/actors/groups/group_hub.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/protocol/envelope.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// The number of the deadline that belongs to no question: a table gives 0 to
/// none.
constexpr std::uint64_t look_number = 0;

} // namespace

group_hub_state::group_hub_state(pointer self)
    : self_(self), look_(sends_expired(self, look_number)) {}

group_hub_actor::behavior_type group_hub_state::start(group_hub_setup setup) {
  setup_ = std::move(setup);
  links_.emplace(self_, setup_.shared, [this] { tell_changed(); });
  survey_.emplace(self_, setup_.shared->limits.members_timeout);
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { actor_died(down); });
  if (setup_.shared->cluster)
    self_->home().arm(look_, look_interval);
  return {
      [this](const group_broadcast& order) { broadcast(order); },
      [this](group_joined& event) { joined(event); },
      [this](const group_left& event) { left(event); },
      [this](std::vector<caf::actor>& units) {
        units_ = std::move(units);
        links_->own_hub(units_.empty() ? caf::actor{} : units_.front());
      },
      [this](const group_batch& batch) {
        for (const auto& line : batch.lines)
          hand_out(line);
      },
      [this](caf::put_atom, const group_batch& batch) -> caf::result<void> {
        for (const auto& line : batch.lines)
          hand_out(line);
        for (const auto& hub : units_)
          if (hub != self_)
            self_->send(caf::actor_cast<group_hub_actor>(hub), batch);
        return caf::unit;
      },
      [](caf::flush_atom) -> caf::result<void> { return caf::unit; },
      [this](caf::get_atom, const std::string& group_name, group_reach reach) {
        return members(group_name, reach);
      },
      [this](expired_atom, std::uint64_t id) { expired(id); },
  };
}

void group_hub_state::expired(std::uint64_t id) {
  if (id != look_number) {
    survey_->finish(id);
    return;
  }
  links_->look_for_nodes();
  self_->home().arm(look_, look_interval);
}

// -- members ------------------------------------------------------------------

void group_hub_state::joined(group_joined& event) {
  auto id = event.connection.id();
  auto [found, is_new] = groups_.try_emplace(event.group);
  auto& target = found->second;
  if (is_new)
    target.policy = policy_of(event.group, *setup_.endpoints);
  auto [entry, added] =
      target.members.try_emplace(id, member{event.connection, event.scope});
  if (!added) {
    // The same client, whose name may have changed.
    const auto& before = entry->second.scope->user.username;
    const auto is_renamed = before != event.scope->user.username;
    entry->second.scope = std::move(event.scope);
    if (is_renamed && target.policy.presence)
      broadcast({event.group, changed_event(event.group)});
    return;
  }
  auto [known, is_first] = connections_.try_emplace(id);
  known->second.push_back(event.group);
  if (is_first)
    caf_api::monitor(*self_, event.connection);
  count_members(event.group, true);
  tell_presence("group.joined", event.group, target, entry->second);
}

void group_hub_state::left(const group_left& event) {
  auto known = connections_.find(event.connection);
  if (known == connections_.end())
    return;
  std::erase(known->second, event.group);
  remove(event.group, event.connection);
}

void group_hub_state::remove(const std::string& group_name,
                             caf::actor_id connection) {
  auto found = groups_.find(group_name);
  if (found == groups_.end())
    return;
  auto gone = found->second.members.extract(connection);
  if (!gone)
    return;
  count_members(group_name, false);
  tell_presence("group.left", group_name, found->second, gone.mapped());
  if (found->second.members.empty())
    groups_.erase(found);
}

/// A member has joined a group, or has left it.
void group_hub_state::count_members(const std::string& group_name,
                                    bool joined) {
  auto* metrics = unit_metrics::of(*setup_.shared, self_->home());
  if (metrics == nullptr || group_name.front() == reserved_group_mark)
    return;
  const auto members = groups_.at(group_name).members.size();
  joined ? ++counted_members_ : --counted_members_;
  if (joined && members == 1)
    ++counted_groups_;
  else if (!joined && members == 0)
    --counted_groups_;
  metrics->set_groups(counted_groups_, counted_members_);
}

void group_hub_state::tell_presence(std::string_view type,
                                    const std::string& group_name,
                                    const group& target,
                                    const member& subject) {
  if (target.policy.presence)
    broadcast(
        {group_name, presence_event(type, group_name, subject.scope->user)});
}

/// Has the members of groups with presence here list them again.
void group_hub_state::tell_changed() {
  for (const auto& [group_name, target] : groups_)
    if (target.policy.presence)
      if (auto line = line_of(group_name, changed_event(group_name)))
        hand_out(*line);
}

void group_hub_state::actor_died(const caf::down_msg& down) {
  // An ID of another node may be that of a connection here.
  if (down.source.node() != self_->ctrl()->nid) {
    links_->hub_died(down);
    return;
  }
  if (auto gone = connections_.extract(down.source.id()))
    for (const auto& group_name : gone.mapped())
      remove(group_name, down.source.id());
  else
    links_->hub_died(down);
}

caf::result<member_list> group_hub_state::members(const std::string& group_name,
                                                  group_reach reach) {
  auto present = own_members(group_name);
  std::vector<member_survey::recipient> others;
  if (reach != group_reach::unit)
    for (const auto& hub : units_)
      if (hub != self_)
        others.push_back({hub, group_reach::unit});
  if (reach == group_reach::cluster) {
    for (auto& hub : links_->hubs())
      others.push_back({std::move(hub), group_reach::node});
    if (links_->lacks_nodes())
      present.miss();
  }
  return survey_->ask(group_name, std::move(present), others);
}

member_count group_hub_state::own_members(const std::string& group_name) {
  member_count result{setup_.shared->limits.members_listed_max};
  auto found = groups_.find(group_name);
  if (found == groups_.end())
    return result;
  for (const auto& [id, present] : found->second.members)
    result.add({present.scope->user.id, present.scope->user.username, 1});
  return result;
}

// -- events, in order ---------------------------------------------------------

void group_hub_state::broadcast(const group_broadcast& order) {
  if (auto line = line_of(order.group, order.event))
    spread(std::move(*line));
}

/// Encodes an event, once for all members.
/// @returns nothing if JSON cannot express it; it is counted and logged then.
std::optional<group_line>
group_hub_state::line_of(const std::string& group_name, const event& content) {
  std::string text;
  if (append_event(text, content))
    return group_line{group_name,
                      std::make_shared<const std::string>(std::move(text))};
  setup_.shared->log->error("group {}: the event {} is not sent: it has {}",
                            to_json_string(group_name),
                            to_json_string(content.type), flaw_of(content));
  if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
    metrics->count_drop(drop_reason::not_json);
  return std::nullopt;
}

void group_hub_state::spread(group_line line) {
  hand_out(line);
  links_->send(line);
  group_batch batch;
  batch.lines.push_back(std::move(line));
  for (const auto& hub : units_)
    if (hub != self_)
      self_->send(caf::actor_cast<group_hub_actor>(hub), batch);
}

void group_hub_state::hand_out(const group_line& line) {
  auto found = groups_.find(line.group);
  if (found == groups_.end())
    return;
  const auto& target = found->second;
  for (const auto& [id, receiver] : target.members)
    self_->send(caf::actor_cast<connection_actor>(receiver.connection),
                group_event{line.text, target.policy.slow});
}

group_hub_actor::behavior_type group_hub(group_hub_state::pointer self,
                                         group_hub_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
