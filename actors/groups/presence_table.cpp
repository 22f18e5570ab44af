#include "stagedoor/actors/groups/presence_table.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

/// The connection of a node among others.
template <class Connections>
auto find_connection(Connections& among, const caf::actor_addr& node,
                     caf::actor_id id) {
  return std::find_if(among.begin(), among.end(), [&](const auto& x) {
    return x.id == id && x.node == node;
  });
}

/// The metadata that was given last.
template <class Connections>
member_meta newest_meta(const Connections& among) {
  member_meta result;
  for (const auto& each : among)
    result.update(each.meta);
  return result;
}

} // namespace

void presence_table::take(const caf::actor_addr& node,
                          const presence_note& note, time_point now) {
  auto* target = find_group(note.group);
  if (target == nullptr)
    return;
  if (note.is_there)
    enter(node, note, *target, true);
  else
    leave(node, note, *target, now);
}

/// @returns null if it is a group without presence, which another node may
///          have and this one has not.
presence_table::group* presence_table::find_group(const std::string& name) {
  auto known = groups_.find(name);
  if (known != groups_.end())
    return &known->second;
  auto policy = find_policy_(name);
  if (!policy.presence)
    return nullptr;
  return &groups_.emplace(name, group{std::move(policy), {}}).first->second;
}

void presence_table::enter(const caf::actor_addr& node,
                           const presence_note& note, group& target,
                           bool is_told) {
  auto& who = target.users[user_key(note.user_id)];
  who.id = note.user_id;
  auto known = find_connection(who.connections, node, note.connection);
  const auto is_new = known == who.connections.end();
  if (is_new)
    who.connections.push_back({node, note.connection, note.meta});
  else
    known->meta = note.meta;
  const auto was_away = std::exchange(who.away_until, std::nullopt).has_value();
  auto meta = newest_meta(who.connections);
  const auto is_changed =
      who.username != note.username || who.meta.text != meta.text;
  who.username = note.username;
  who.meta = std::move(meta);
  if (!is_told)
    return;
  if (is_new && !was_away)
    tell("group.joined", note.group, who);
  else if (is_changed)
    tell("group.changed", note.group, who);
}

void presence_table::leave(const caf::actor_addr& node,
                           const presence_note& note, group& target,
                           time_point now) {
  const auto found = target.users.find(user_key(note.user_id));
  if (found == target.users.end())
    return;
  auto& who = found->second;
  const auto gone = find_connection(who.connections, node, note.connection);
  if (gone == who.connections.end())
    return;
  who.connections.erase(gone);
  if (!who.connections.empty()) {
    who.meta = newest_meta(who.connections);
    tell("group.left", note.group, who);
  } else if (target.policy.grace > target.policy.grace.zero()) {
    who.away_until = now + target.policy.grace;
    away_.emplace(*who.away_until, std::pair{note.group, found->first});
  } else {
    tell("group.left", note.group, who);
    target.users.erase(found);
    if (target.users.empty())
      groups_.erase(note.group);
  }
}

void presence_table::replace(const caf::actor_addr& node,
                             const std::vector<presence_note>& notes) {
  auto changed = remove_all(node);
  for (const auto& note : notes)
    if (auto* target = find_group(note.group)) {
      enter(node, note, *target, false);
      changed.insert(note.group);
    }
  for (const auto& name : changed)
    tell_(name, changed_event(name));
}

void presence_table::forget(const caf::actor_addr& node) {
  remove_all(node);
}

/// @returns the groups in which it had connections.
std::set<std::string> presence_table::remove_all(const caf::actor_addr& node) {
  std::set<std::string> result;
  for (auto at = groups_.begin(); at != groups_.end();) {
    auto& [name, target] = *at;
    for (auto& [key, who] : target.users)
      if (std::erase_if(who.connections,
                        [&](const auto& x) { return x.node == node; })
          > 0) {
        result.insert(name);
        if (!who.connections.empty())
          who.meta = newest_meta(who.connections);
      }
    std::erase_if(target.users, [](const auto& x) {
      return x.second.connections.empty() && !x.second.away_until;
    });
    at = target.users.empty() ? groups_.erase(at) : std::next(at);
  }
  return result;
}

std::vector<presence_note> presence_table::own() const {
  std::vector<presence_note> result;
  for (const auto& [name, target] : groups_)
    for (const auto& [key, who] : target.users)
      for (const auto& each : who.connections)
        if (!each.node)
          result.push_back(
              {name, each.id, true, who.id, who.username, each.meta});
  return result;
}

void presence_table::add_away(const std::string& group_name,
                              member_count& to) const {
  if (away_.empty())
    return;
  const auto found = groups_.find(group_name);
  if (found == groups_.end())
    return;
  for (const auto& [key, who] : found->second.users)
    if (who.away_until)
      to.add({who.id, who.username, 0, who.meta});
}

std::optional<presence_table::time_point> presence_table::next_due() const {
  if (away_.empty())
    return std::nullopt;
  return away_.begin()->first;
}

void presence_table::tell_due(time_point now) {
  while (!away_.empty() && away_.begin()->first <= now) {
    const auto due = away_.extract(away_.begin());
    const auto& [name, key] = due.mapped();
    const auto found = groups_.find(name);
    if (found == groups_.end())
      continue;
    auto& users = found->second.users;
    const auto gone = users.find(key);
    if (gone == users.end() || gone->second.away_until != due.key())
      continue; // The user has come back.
    tell("group.left", name, gone->second);
    users.erase(gone);
    if (users.empty())
      groups_.erase(found);
  }
}

void presence_table::tell(std::string_view type, const std::string& group_name,
                          const present& who) const {
  tell_(group_name, presence_event(type, group_name,
                                   {who.id, who.username,
                                    who.connections.size(), who.meta}));
}

} // namespace stagedoor
