#include "stagedoor/actors/groups/group_hub.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/description/group_rules.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/units/expiry.hpp"
#include "stagedoor/protocol/envelope.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace stagedoor {

namespace {

/// The numbers of the deadlines that belong to no question: a table gives 0 to
/// none, and the last one never.
constexpr std::uint64_t look_number = 0;
constexpr std::uint64_t grace_number =
    std::numeric_limits<std::uint64_t>::max();

/// Microseconds since 1970.
std::int64_t wall_time(const runtime& shared) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             shared.wall_clock().time_since_epoch())
      .count();
}

/// What was said of a member now. Null takes back what was said.
std::shared_ptr<const member_meta> make_meta(std::string text,
                                             const runtime& shared) {
  if (text == "null")
    return nullptr;
  return std::make_shared<const member_meta>(
      member_meta{std::move(text), wall_time(shared)});
}

} // namespace

group_hub_state::group_hub_state(pointer self)
    : self_(self), look_(sends_expired(self, look_number)) {}

group_hub_actor::behavior_type group_hub_state::start(group_hub_setup setup) {
  setup_ = std::move(setup);
  links_.emplace(self_, setup_.shared, [this] { tell_changed(); });
  gate_.emplace(self_, setup_.shared, *setup_.endpoints);
  presence_.emplace(
      self_, sends_expired(self_, grace_number),
      [this](const std::string& group_name) {
        return policy_of(group_name, *setup_.endpoints);
      },
      [this](const std::string& group_name, const event& told) {
        if (auto line = line_of(group_name, told))
          spread_here({{std::move(*line)}});
      });
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
      [this](const numbered_line& line) { hand_out(line); },
      [this](caf::put_atom, group_batch& batch) {
        return gate_->pass(
            [this, batch = std::move(batch)] { spread_here(batch); });
      },
      [this](const presence_note& note) { keep(note); },
      [this](caf::put_atom, presence_notes& notes) {
        return gate_->pass(
            [this, notes = std::move(notes),
             sender = caf::actor_cast<caf::actor>(self_->current_sender())] {
              if (sender)
                presence_->take(sender, notes, links_->hubs());
            });
      },
      [](caf::flush_atom) -> caf::result<void> { return caf::unit; },
      [this](caf::get_atom, const std::string& group_name, group_reach reach) {
        return members(group_name, reach);
      },
      [this](expired_atom, std::uint64_t id) { expired(id); },
  };
}

void group_hub_state::expired(std::uint64_t id) {
  if (id == look_number)
    look_for_nodes();
  else if (id == grace_number)
    presence_->tell_due();
  else
    survey_->finish(id);
}

void group_hub_state::look_for_nodes() {
  links_->look_for_nodes();
  if (is_keeper()) {
    gate_->meet(links_->hubs());
    presence_->meet(links_->hubs());
  }
  self_->home().arm(look_, look_interval);
}

// -- members ------------------------------------------------------------------

void group_hub_state::joined(group_joined& event) {
  auto id = event.connection.id();
  auto [found, is_new] = groups_.try_emplace(event.group);
  auto& target = found->second;
  if (is_new) {
    fields ignored;
    const auto* guarded =
        guarded_rule_of(event.group, *setup_.endpoints, ignored);
    target.policy = policy_of(event.group, *setup_.endpoints);
    target.label = std::make_shared<const group_label>(
        group_label{event.group, target.policy.slow, guarded != nullptr});
  }
  auto [entry, added] =
      target.members.try_emplace(id, member{event.connection, event.scope});
  if (!added) {
    renew(event, target, entry->second);
    return;
  }
  if (!event.meta.empty())
    entry->second.meta = make_meta(std::move(event.meta), *setup_.shared);
  auto [known, is_first] = connections_.try_emplace(id);
  known->second.push_back(event.group);
  if (is_first)
    caf_api::monitor(*self_, event.connection);
  count_members(event.group, true);
  if (target.members.size() == 1)
    note_use(event.group, target, true);
  note_presence(event.group, target, entry->second, true);
}

/// The same client, of which something may have changed.
void group_hub_state::renew(group_joined& event, const group& target,
                            member& known) {
  const auto is_renamed =
      known.scope->user.username != event.scope->user.username;
  const auto is_described = !event.meta.empty();
  known.scope = std::move(event.scope);
  if (is_described)
    known.meta = make_meta(std::move(event.meta), *setup_.shared);
  if (is_renamed || is_described)
    note_presence(event.group, target, known, true);
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
  note_presence(group_name, found->second, gone.mapped(), false);
  if (!found->second.members.empty())
    return;
  note_use(group_name, found->second, false);
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

/// Has the members of groups with presence here list them again.
void group_hub_state::tell_changed() {
  for (const auto& [group_name, target] : groups_)
    if (target.policy.presence)
      if (auto line = line_of(group_name, changed_event(group_name)))
        hand_out(*line);
}

void group_hub_state::actor_died(const caf::down_msg& down) {
  // An ID of another node may be that of a connection here.
  if (down.source.node() == self_->ctrl()->nid)
    if (auto gone = connections_.extract(down.source.id())) {
      for (const auto& group_name : gone.mapped())
        remove(group_name, down.source.id());
      return;
    }
  presence_->forget(down.source);
  links_->hub_died(down);
  gate_->closed(down.source.node());
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
  presence_->add_away(group_name, result);
  auto found = groups_.find(group_name);
  if (found == groups_.end())
    return result;
  for (const auto& [id, present] : found->second.members)
    result.add({present.scope->user.id, present.scope->user.username, 1,
                present.meta ? *present.meta : member_meta{}});
  return result;
}

// -- presence -----------------------------------------------------------------

/// A member of a group has come or gone, or has changed.
void group_hub_state::note_presence(const std::string& group_name,
                                    const group& target, const member& subject,
                                    bool is_there) {
  if (!target.policy.presence)
    return;
  const auto& who = subject.scope->user;
  presence_note note{
      group_name,   subject.connection.id(),
      is_there,     who.id,
      who.username, subject.meta ? *subject.meta : member_meta{}};
  if (is_keeper())
    keep(note);
  else
    self_->send(caf::actor_cast<group_hub_actor>(units_.front()),
                std::move(note));
}

void group_hub_state::keep(const presence_note& note) {
  presence_->note(note, links_->hubs());
}

// -- events, in order ---------------------------------------------------------

void group_hub_state::broadcast(const group_broadcast& order) {
  auto line = line_of(order.group, order.event, order.except);
  if (!line)
    return;
  if (has_history(order.group))
    self_->send(setup_.histories, group_batch{{std::move(*line)}});
  else
    spread(std::move(*line));
}

bool group_hub_state::has_history(const std::string& group_name) const {
  if (!setup_.histories)
    return false;
  const auto found = groups_.find(group_name);
  return found != groups_.end()
             ? found->second.policy.kept.has_value()
             : policy_of(group_name, *setup_.endpoints).kept.has_value();
}

/// Tells the history keeper whether there are members here.
void group_hub_state::note_use(const std::string& group_name,
                               const group& target, bool is_used) {
  if (target.policy.kept)
    self_->send(setup_.histories, group_use{group_name, is_used});
}

/// Encodes an event, once for all members.
/// @returns nothing if JSON cannot express it; it is counted and logged then.
std::optional<group_line>
group_hub_state::line_of(const std::string& group_name, const event& content,
                         const connection_address& except) {
  std::string text;
  if (append_event(text, content))
    return group_line{group_name,
                      std::make_shared<const std::string>(std::move(text)),
                      except};
  setup_.shared->log->error("group {}: the event {} is not sent: it has {}",
                            to_json_string(group_name),
                            to_json_string(content.type), flaw_of(content));
  if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
    metrics->count_drop(drop_reason::not_json);
  return std::nullopt;
}

void group_hub_state::spread(group_line line) {
  links_->send(line);
  group_batch batch;
  batch.lines.push_back(std::move(line));
  spread_here(batch);
}

/// Sends events to the members on this node.
void group_hub_state::spread_here(const group_batch& batch) {
  for (const auto& line : batch.lines)
    hand_out(line);
  for (const auto& hub : units_)
    if (hub != self_)
      self_->send(caf::actor_cast<group_hub_actor>(hub), batch);
}

void group_hub_state::hand_out(const group_line& line) {
  auto found = groups_.find(line.group);
  if (found == groups_.end())
    return;
  const auto& target = found->second;
  // Members are connections of this node.
  auto excepted = line.except.id;
  if (excepted != 0 && line.except.node != self_->ctrl()->nid)
    excepted = 0;
  for (const auto& [id, receiver] : target.members)
    if (id != excepted)
      self_->send(caf::actor_cast<connection_actor>(receiver.connection),
                  group_event{line.text, target.label});
}

void group_hub_state::hand_out(const numbered_line& line) {
  const auto found = groups_.find(line.group);
  if (found == groups_.end())
    return;
  const auto& target = found->second;
  const auto excepted =
      line.except.node == self_->ctrl()->nid ? line.except.id : 0;
  for (const auto& [id, receiver] : target.members)
    self_->send(caf::actor_cast<connection_actor>(receiver.connection),
                numbered_event{line.text, target.label, id == excepted});
}

group_hub_actor::behavior_type group_hub(group_hub_state::pointer self,
                                         group_hub_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
