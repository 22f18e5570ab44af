#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stagedoor {

// A group is a name; connections that are in it get its events, wherever in the
// cluster they are. It is there as long as somebody is in it.

/// What happens to an event for a member whose outbound queue is full.
enum class slow_member : std::uint8_t {
  /// The event is dropped.
  drop_newest,
  /// It waits beside the queue, and the oldest that waits there is dropped when
  /// there are more than `held_events_max`.
  drop_oldest,
  /// The member's connection is closed with 1013.
  close,
};

/// How a group treats its members.
struct group_policy {
  slow_member slow = slow_member::drop_newest;
  /// Whether members hear who joins and who leaves.
  bool presence = false;
};

/// What reserved groups begin with: no action can join them.
inline constexpr char reserved_group_mark = '$';

/// The group of all connections of a user.
std::string user_group(const json::value& id);

/// Whether a connection may join a group of this name: UTF-8, 1 to `bytes_max`
/// bytes, and not reserved.
bool is_group_name(std::string_view name, std::size_t bytes_max);

/// The captures that a name such as `room.{room}` is made of.
/// @returns false if a brace is left open.
bool find_placeholders(std::string_view name, std::vector<std::string>& found);

/// The name with the captures of a message in the place of its placeholders;
/// empty if they have made it that of a reserved group.
std::string group_of(std::string_view name, const request& from);

/// An event for a group.
struct group_broadcast {
  std::string group;
  stagedoor::event event;
};

/// An event for a group, encoded once for all its members.
struct group_line {
  std::string group;
  std::shared_ptr<const std::string> text;
};

/// Events for groups, in the order in which they were sent.
struct group_batch {
  std::vector<group_line> lines;
};

/// A user who is in a group.
struct present_user {
  /// Null for all anonymous ones together.
  json::value id;
  std::string username;
  std::uint64_t connections = 0;
};

/// Who is in a group.
struct member_list {
  /// By user; at most `members_listed_max` of them.
  std::vector<present_user> members;
  /// Of all members, those included that are not listed.
  std::uint64_t connections = 0;
  /// False if there are more users than may be listed, or if a node has not
  /// said in time who is there.
  bool complete = true;
};

/// Sums up who is in a group.
class member_count {
public:
  /// @param listed_max users are listed at most.
  explicit member_count(std::size_t listed_max) : listed_max_(listed_max) {}

  /// Adds connections of a user.
  void add(const present_user& present);

  /// Adds what another unit or node has counted.
  void add(const member_list& part);

  /// Notes that somebody has not said who is there.
  void miss() { list_.complete = false; }

  [[nodiscard]] member_list take() { return std::move(list_); }

private:
  std::size_t listed_max_;
  member_list list_;
  /// Where in the list a user is.
  std::unordered_map<std::string, std::size_t> listed_;
};

/// `{"group","members":[{"id","username","connections"}],"connections",
/// "complete"}`, by username.
json::object to_json_object(const std::string& group, member_list list);

/// The events that tell of presence: `group.joined` and `group.left`.
event presence_event(std::string_view type, const std::string& group,
                     const user& member);

/// The event that tells of members who came or went unheard: `group.changed`.
event changed_event(const std::string& group);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_broadcast& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::group_broadcast", x.group,
                                 x.event);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_line& x) {
  std::string text;
  if constexpr (caf_api::reads_object<Inspector>)
    text = *x.text;
  auto load = [&]() -> caf::error {
    x.text = std::make_shared<const std::string>(std::move(text));
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::group_line", load, x.group,
                                 text);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_batch& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::group_batch", x.lines);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, present_user& x) {
  std::string id;
  if constexpr (caf_api::reads_object<Inspector>)
    id = to_json(x.id);
  auto load = [&]() -> caf::error {
    auto parsed = parse_json(id, wire_depth_max);
    if (!parsed)
      return std::move(parsed.error());
    x.id = std::move(*parsed);
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::present_user", load, id,
                                 x.username, x.connections);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, member_list& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::member_list", x.members,
                                 x.connections, x.complete);
}

} // namespace stagedoor
