#include "stagedoor/protocol/group.hpp"

#include "stagedoor/protocol/utf8.hpp"

#include "caf/actor.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// Calls `on_text` and `on_name` for the parts of a name with placeholders.
/// @returns false if a brace is left open.
template <class OnText, class OnName>
bool for_each_part(std::string_view name, OnText on_text, OnName on_name) {
  while (true) {
    auto open = name.find('{');
    on_text(name.substr(0, open));
    if (open == std::string_view::npos)
      return true;
    auto close = name.find('}', open);
    if (close == std::string_view::npos)
      return false;
    on_name(name.substr(open + 1, close - open - 1));
    name.remove_prefix(close + 1);
  }
}

} // namespace

std::string user_group(const json::value& id) {
  return reserved_group_mark + ("user/" + spell_id(id));
}

bool is_group_name(std::string_view name, std::size_t bytes_max) {
  return !name.empty() && name.size() <= bytes_max
         && name.front() != reserved_group_mark && is_utf8(name);
}

bool find_placeholders(std::string_view name, std::vector<std::string>& found) {
  return for_each_part(
      name, [](std::string_view) {},
      [&](std::string_view capture) { found.emplace_back(capture); });
}

std::string group_of(std::string_view name, const request& from) {
  std::string result;
  for_each_part(
      name, [&](std::string_view text) { result += text; },
      [&](std::string_view capture) {
        if (const auto* value = from.capture(capture))
          result += *value;
      });
  const auto is_reserved = result.starts_with(reserved_group_mark);
  return is_reserved && !name.starts_with(reserved_group_mark) ? std::string{}
                                                               : result;
}

connection_address address_of(const caf::actor& connection) {
  return connection ? connection_address{connection.node(), connection.id()}
                    : connection_address{};
}

std::string meta_text(const json::value& meta) {
  std::string result;
  return append_json(result, meta) ? result : std::string{};
}

bool is_meta(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && !check_json(text, wire_depth_max);
}

std::string user_key(const json::value& id) {
  // An ID may be a text, which may be empty: null is neither.
  return id.is_null() ? std::string{} : '=' + spell_id(id);
}

json::value member_meta::value() const {
  if (text.empty())
    return nullptr;
  auto parsed = parse_json(text, wire_depth_max);
  return parsed ? std::move(*parsed) : nullptr;
}

void member_meta::update(const member_meta& other) {
  if (!other.text.empty() && (text.empty() || other.given_at > given_at))
    *this = other;
}

void member_count::add(const present_user& member) {
  list_.connections += member.connections;
  auto key = user_key(member.id);
  auto known = listed_.find(key);
  if (known != listed_.end()) {
    auto& listed = list_.members[known->second];
    listed.connections += member.connections;
    listed.meta.update(member.meta);
  } else if (list_.members.size() < listed_max_) {
    listed_.emplace(std::move(key), list_.members.size());
    list_.members.push_back(member);
  } else {
    list_.complete = false;
  }
}

void member_count::add(const member_list& part) {
  auto unlisted = part.connections;
  for (const auto& member : part.members) {
    add(member);
    unlisted -= member.connections;
  }
  list_.connections += unlisted;
  list_.complete = list_.complete && part.complete;
}

json::object to_json_object(const present_user& member) {
  return {{"id", member.id},
          {"username", member.username},
          {"connections", member.connections},
          {"meta", member.meta.value()}};
}

json::object to_json_object(const std::string& group, member_list list) {
  std::sort(list.members.begin(), list.members.end(),
            [](const auto& left, const auto& right) {
              return left.username < right.username;
            });
  json::array members;
  for (const auto& member : list.members)
    members.push_back(to_json_object(member));
  return {{"group", group},
          {"members", std::move(members)},
          {"connections", list.connections},
          {"complete", list.complete}};
}

event presence_event(std::string_view type, const std::string& group,
                     const present_user& member) {
  return {std::string(type),
          {{"group", group}, {"member", to_json_object(member)}}};
}

event lost_event(const std::string& group, std::uint64_t count) {
  return {"group.lost", {{"group", group}, {"lost", count}}};
}

event revoked_event(const std::string& group) {
  return {"group.revoked", {{"group", group}}, 403};
}

event changed_event(const std::string& group) {
  return {"group.changed", {{"group", group}}};
}

} // namespace stagedoor
