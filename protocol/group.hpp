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

// A group is a name. The connections in a group get its events, on every node
// of the cluster. A group exists as long as a connection is in it.

/// Says what happens to an event for a member whose outbound queue is full.
enum class slow_member : std::uint8_t {
  /// The event is dropped.
  drop_newest,
  /// The event waits beside the queue. When more than `held_events_max` events
  /// wait there, the oldest one is dropped.
  drop_oldest,
  /// The member's connection is closed with 4013.
  close,
};

/// How a group treats its members.
struct group_policy {
  slow_member slow = slow_member::drop_newest;
  /// Whether members get an event when another member joins or leaves.
  bool presence = false;
};

/// The names of reserved groups begin with this character. No action can join
/// them.
inline constexpr char reserved_group_mark = '$';

/// Returns the name of the group that all connections of a user are in.
std::string user_group(const json::value& id);

/// Returns whether a connection may join a group of this name. The name has to
/// be UTF-8 of 1 to `bytes_max` bytes and must not be reserved.
bool is_group_name(std::string_view name, std::size_t bytes_max);

/// Finds the captures in a name such as `room.{room}`.
/// @returns false if a brace is left open.
bool find_placeholders(std::string_view name, std::vector<std::string>& found);

/// Replaces the placeholders of a name by the captures of a message. Returns an
/// empty name if the captures would make it the name of a reserved group.
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

/// A user with connections in a group.
struct present_user {
  /// Null stands for all anonymous connections together.
  json::value id;
  std::string username;
  std::uint64_t connections = 0;
};

/// The members of a group.
struct member_list {
  /// One entry for each user, at most `members_listed_max`.
  std::vector<present_user> members;
  /// The connections of all members, also of those that are not listed.
  std::uint64_t connections = 0;
  /// False if there are more users than the list may name, or if a node did not
  /// report its members in time.
  bool complete = true;
};

/// Sums up the members of a group.
class member_count {
public:
  /// @param listed_max the most users that the list may name.
  explicit member_count(std::size_t listed_max) : listed_max_(listed_max) {}

  /// Adds connections of a user.
  void add(const present_user& member);

  /// Adds the members that another unit or node has counted.
  void add(const member_list& part);

  /// Notes that a unit or node did not report its members.
  void miss() { list_.complete = false; }

  [[nodiscard]] member_list take() { return std::move(list_); }

private:
  std::size_t listed_max_;
  member_list list_;
  /// The position of each user in the list.
  std::unordered_map<std::string, std::size_t> listed_;
};

/// Returns `{"group","members":[{"id","username","connections"}],"connections",
/// "complete"}`, with the members in the order of their names.
json::object to_json_object(const std::string& group, member_list list);

/// Makes an event about a member: `group.joined` or `group.left`.
event presence_event(std::string_view type, const std::string& group,
                     const user& member);

/// Makes the event `group.changed`: members may have come or gone without an
/// event.
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
