#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/request.hpp"

#include "caf/fwd.hpp"
#include "caf/node_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stagedoor {

// A group is a name. The connections in a group get its events, on every node
// of the cluster. A group exists as long as a connection is in it.

/// Says what happens to an event for a member whose outbound queue is full.
class slow_member {
public:
  enum action : std::uint8_t {
    /// The event is dropped.
    drop_newest,
    /// The event waits beside the queue. When more than `held_events_max`
    /// events wait there, the oldest one is dropped.
    drop_oldest,
    /// The member's connection is closed with 4013.
    close,
    /// What `keep_newest` makes.
    newest_of_key,
  };

  // NOLINTNEXTLINE(google-explicit-constructor): stands for its value.
  slow_member(action what) : what_(what) {}

  /// The event waits as with `drop_oldest`, but it takes the place of an event
  /// of the same group that waits and has the same value under `data.<key>`.
  /// What waits goes out in the order in which it was sent; an event that has
  /// been replaced is superseded and not lost. Events whose data has no such
  /// key replace nothing.
  /// @param key a name in the data of the events, which is not empty.
  static slow_member keep_newest(std::string key) {
    slow_member result{newest_of_key};
    result.key_ = std::move(key);
    return result;
  }

  [[nodiscard]] action what() const { return what_; }
  /// Empty unless `keep_newest` has made it.
  [[nodiscard]] const std::string& key() const { return key_; }

  bool operator==(const slow_member&) const = default;

  template <class Inspector>
  friend caf_api::inspect_result<Inspector> inspect(Inspector& f,
                                                    slow_member& x) {
    auto what = static_cast<std::uint8_t>(x.what_);
    auto load = [&]() -> caf::error {
      x.what_ = static_cast<action>(what);
      return caf::none;
    };
    return caf_api::inspect_loaded(f, x, "stagedoor::slow_member", load, what,
                                   x.key_);
  }

private:
  action what_;
  std::string key_;
};

/// An option of `endpoint::group`: the last events of a group are kept, so that
/// a client that comes back gets those that it has missed. The oldest event is
/// dropped when one of the three bounds would be passed; each is at least 1.
struct history {
  std::size_t events = 100;
  /// Of the encoded texts. A longer event is numbered, but not kept.
  std::size_t bytes = 256 * 1024;
  std::chrono::milliseconds age = std::chrono::minutes{5};

  bool operator==(const history&) const = default;
};

/// An option of `endpoint::group`: a client that joins gets so many of the last
/// events of the history, or as many as are kept.
struct replay_on_join {
  std::size_t events = 0;
};

/// How a group treats its members.
struct group_policy {
  slow_member slow = slow_member::drop_newest;
  /// Whether members get an event when another member joins or leaves.
  bool presence = false;
  /// How long a user who has left may take to come back before members are
  /// told. 0: they are told at once.
  std::chrono::milliseconds grace{0};
  /// What is kept of its events; nothing unless it is set.
  std::optional<history> kept = {};
  /// How many of the kept events a client gets when it joins.
  std::size_t replay = 0;

  bool operator==(const group_policy&) const = default;
};

/// A group as the connections of its members know it.
struct group_label {
  std::string name;
  slow_member slow = slow_member::drop_newest;
  /// Whether a guard decides who may be in it. This stays on the node.
  bool is_guarded = false;
};

/// The names of reserved groups begin with this character. No action can join
/// them.
inline constexpr char reserved_group_mark = '$';

/// Returns the name of the group that all connections of a user are in.
std::string user_group(const json::value& id);

/// Returns a text that is the same for the same user, also if an integer ID is
/// spelled as a text. That of all anonymous users is empty.
std::string user_key(const json::value& id);

/// Returns whether a connection may join a group of this name. The name has to
/// be UTF-8 of 1 to `bytes_max` bytes and must not be reserved.
bool is_group_name(std::string_view name, std::size_t bytes_max);

/// Finds the captures in a name such as `room.{room}`.
/// @returns false if a brace is left open.
bool find_placeholders(std::string_view name, std::vector<std::string>& found);

/// Replaces the placeholders of a name by the captures of a message. Returns an
/// empty name if the captures would make it the name of a reserved group.
std::string group_of(std::string_view name, const request& from);

/// Names the actor of a connection, which may be on another node. Unlike a
/// handle it does not keep in touch with it.
struct connection_address {
  caf::node_id node = {};
  /// 0 is nobody.
  caf::actor_id id = 0;
};

/// Returns the address of a connection's actor; that of nobody for null.
connection_address address_of(const caf::actor& connection);

/// An event for a group.
struct group_broadcast {
  std::string group;
  stagedoor::event event;
  /// The member that does not get it, if there is one.
  connection_address except = {};
};

/// The group that gets the success of an action as an event.
struct broadcast_target {
  /// The name, which may contain captures of the route, as in `room.{room}`.
  std::string group;
  std::string type;
  /// Whether the client itself, as a member, does not get it.
  bool to_others = false;
};

/// An event for a group, encoded once for all its members.
struct group_line {
  std::string group;
  std::shared_ptr<const std::string> text;
  connection_address except = {};
};

/// Events for groups, in the order in which they were sent.
struct group_batch {
  std::vector<group_line> lines;
};

/// What the application says of a member of a group.
struct member_meta {
  /// JSON; empty if it has said nothing.
  std::string text = {};
  /// Microseconds since 1970, by the clock of the member's node.
  std::int64_t given_at = 0;

  /// The JSON value; null if there is none.
  [[nodiscard]] json::value value() const;

  /// Takes over another one, unless that is empty or was given earlier.
  void update(const member_meta& other);
};

/// A user with connections in a group.
struct present_user {
  /// Null stands for all anonymous connections together.
  json::value id;
  std::string username;
  std::uint64_t connections = 0;
  /// Of all connections of the user, what was given last.
  member_meta meta = {};
};

/// A connection of a user in a group with presence: what the group hubs of a
/// server tell each other.
struct presence_note {
  std::string group;
  /// The connection, among those of its node.
  caf::actor_id connection = 0;
  /// False if it has left.
  bool is_there = true;
  json::value user_id;
  std::string username;
  member_meta meta = {};
};

/// Notes of one node, in the order in which things happened there.
struct presence_notes {
  std::vector<presence_note> notes;
  /// Whether they tell of all who are there, so that whatever was noted of the
  /// node before does not hold any more.
  bool is_all = false;
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

/// Returns metadata of a member as it travels: JSON, or an empty text if JSON
/// cannot express it.
std::string meta_text(const json::value& meta);

/// Whether a text is the metadata of a member: JSON of at most `bytes_max`
/// bytes.
bool is_meta(std::string_view text, std::size_t bytes_max);

/// Returns `{"id","username","connections","meta"}`.
json::object to_json_object(const present_user& member);

/// Returns `{"group","members":[…],"connections","complete"}`, with the members
/// in the order of their names.
json::object to_json_object(const std::string& group, member_list list);

/// Makes an event about a member: `group.joined`, `group.left` or
/// `group.changed`.
event presence_event(std::string_view type, const std::string& group,
                     const present_user& member);

/// Makes the event `group.lost`: a member did not get `count` events.
event lost_event(const std::string& group, std::uint64_t count);

/// Makes the event `group.revoked`: a member is in the group no more, because
/// its guard has not allowed it again.
event revoked_event(const std::string& group);

/// Makes the event `group.changed`: members may have come or gone without an
/// event.
event changed_event(const std::string& group);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f,
                                           connection_address& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::connection_address", x.node,
                                 x.id);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_broadcast& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::group_broadcast", x.group,
                                 x.event, x.except);
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
                                 text, x.except);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_batch& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::group_batch", x.lines);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, member_meta& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::member_meta", x.text,
                                 x.given_at);
}

namespace detail {

/// Passes an object to the inspector whose first field, the ID of a user,
/// travels as JSON text.
template <class Inspector, class T, class... Fields>
caf_api::inspect_result<Inspector>
inspect_with_id(Inspector& f, T& x, const char* name, json::value& user_id,
                Fields&... fields) {
  std::string id;
  if constexpr (caf_api::reads_object<Inspector>)
    id = to_json(user_id);
  auto load = [&]() -> caf::error {
    auto parsed = parse_json(id, wire_depth_max);
    if (!parsed)
      return std::move(parsed.error());
    user_id = std::move(*parsed);
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, name, load, id, fields...);
}

} // namespace detail

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, present_user& x) {
  return detail::inspect_with_id(f, x, "stagedoor::present_user", x.id,
                                 x.username, x.connections, x.meta);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, presence_note& x) {
  return detail::inspect_with_id(f, x, "stagedoor::presence_note", x.user_id,
                                 x.group, x.connection, x.is_there, x.username,
                                 x.meta);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, presence_notes& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::presence_notes", x.notes,
                                 x.is_all);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, member_list& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::member_list", x.members,
                                 x.connections, x.complete);
}

} // namespace stagedoor
