#include "stagedoor/actors/groups/group_hub.hpp"

#include "stagedoor/protocol/envelope.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// The number of the deadline that belongs to no question: a table gives 0 to
/// none.
constexpr std::uint64_t look_number = 0;

/// Encodes an event, once for all members.
group_line line_of(const std::string& group, const event& what) {
  std::string text;
  append_event(text, what);
  return {group, std::make_shared<const std::string>(std::move(text))};
}

} // namespace

group_hub_state::group_hub_state(pointer self)
    : self_(self), look_(sends_expired(self, look_number)) {}

group_hub_state::~group_hub_state() {
  for (auto& [id, open] : questions_)
    open.promise.deliver(make_error(errc::unavailable));
}

group_hub_actor::behavior_type group_hub_state::start(group_hub_setup setup) {
  setup_ = std::move(setup);
  self_->set_down_handler(
      [this](const caf::down_msg& down) { someone_died(down); });
  if (setup_.shared->cluster)
    self_->home().arm(look_, look_interval);
  return {
      [this](const group_broadcast& what) { broadcast(what); },
      [this](group_joined& who) { joined(who); },
      [this](const group_left& who) { left(who); },
      [this](std::vector<caf::actor>& units) { units_ = std::move(units); },
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
      [this](caf::get_atom, const std::string& group_name, group_reach reach) {
        return members(group_name, reach);
      },
      [this](expired_atom, std::uint64_t id) {
        id == look_number ? look_for_nodes() : finish(id);
      },
  };
}

// -- members ------------------------------------------------------------------

void group_hub_state::joined(group_joined& who) {
  auto id = who.connection.id();
  auto [found, is_new] = groups_.try_emplace(who.group);
  auto& where = found->second;
  if (is_new)
    where.policy = policy_of(who.group, *setup_.endpoints);
  auto [entry, added] =
      where.members.try_emplace(id, member{who.connection, who.scope});
  if (!added)
    return;
  auto [known, is_first] = connections_.try_emplace(id);
  known->second.push_back(who.group);
  if (is_first)
    self_->monitor(who.connection);
  count_members(who.group, true);
  tell_presence("group.joined", who.group, where, entry->second);
}

void group_hub_state::left(const group_left& who) {
  auto known = connections_.find(who.connection);
  if (known == connections_.end())
    return;
  std::erase(known->second, who.group);
  remove(who.group, who.connection);
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
                                    const group& where, const member& who) {
  if (where.policy.presence)
    broadcast({group_name, presence_event(type, group_name, who.scope->user)});
}

/// Has the members here list them again, where they follow who is there.
void group_hub_state::tell_changed() {
  for (const auto& [group_name, where] : groups_)
    if (where.policy.presence)
      hand_out(line_of(group_name, changed_event(group_name)));
}

void group_hub_state::someone_died(const caf::down_msg& down) {
  // An ID of another node may be that of a connection here.
  if (down.source.node() != self_->ctrl()->nid) {
    node_went(down);
    return;
  }
  if (auto gone = connections_.extract(down.source.id()))
    for (const auto& group_name : gone.mapped())
      remove(group_name, down.source.id());
  else
    node_went(down);
}

// -- events, in order ---------------------------------------------------------

void group_hub_state::broadcast(const group_broadcast& what) {
  spread(line_of(what.group, what.event));
}

void group_hub_state::spread(group_line line) {
  hand_out(line);
  send_to_nodes(line);
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
  const auto& where = found->second;
  for (const auto& [id, who] : where.members)
    self_->send(caf::actor_cast<connection_actor>(who.connection),
                group_event{line.text, where.policy.slow});
}

group_hub_actor::behavior_type group_hub(group_hub_state::pointer self,
                                         group_hub_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
