#pragma once

#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/group.hpp"

#include "caf/actor_addr.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stagedoor {

/// Who is present in the groups with presence of a server, over all units and
/// nodes, and what their members are told of it. Each node has a table of its
/// own, which sees what happens in one order: the number of connections in an
/// event is that of this order.
///
/// A user who has gone and has some time to come back is *away*.
/// Thread rule: belongs to one presence keeper.
class presence_table {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using policy_finder = std::function<group_policy(const std::string& group)>;
  /// Tells all members of a group on this node.
  using teller = std::function<void(const std::string& group, const event&)>;

  presence_table(policy_finder find_policy, teller tell)
      : find_policy_(std::move(find_policy)), tell_(std::move(tell)) {}

  /// Takes a note down and tells the members of the group.
  /// @param node where the connection is; null for this node.
  void take(const caf::actor_addr& node, const presence_note& note,
            time_point now);

  /// Takes notes down that name all connections of a node. The members of the
  /// groups in which it has connections, or had some, are told to list them.
  void replace(const caf::actor_addr& node,
               const std::vector<presence_note>& notes);

  /// Forgets the connections of a node that is gone. Nobody is told: nobody
  /// knows whether these users are gone too.
  void forget(const caf::actor_addr& node);

  /// The notes of all connections of this node.
  [[nodiscard]] std::vector<presence_note> own() const;

  /// Adds the users who are away, with no connection.
  void add_away(const std::string& group_name, member_count& to) const;

  /// When the first user who is away is due to be told of.
  [[nodiscard]] std::optional<time_point> next_due() const;

  /// Tells of the users who have not come back in time.
  void tell_due(time_point now);

private:
  struct connection {
    caf::actor_addr node;
    caf::actor_id id = 0;
    member_meta meta;
  };

  struct present {
    json::value id;
    std::string username;
    /// The newest one of all connections, as members know it.
    member_meta meta;
    std::vector<connection> connections;
    /// Set while the user is away.
    std::optional<time_point> away_until;
  };

  struct group {
    group_policy policy;
    /// By `user_key`.
    std::unordered_map<std::string, present> users;
  };

  group* find_group(const std::string& name);
  void enter(const caf::actor_addr& node, const presence_note& note,
             group& target, bool is_told);
  void leave(const caf::actor_addr& node, const presence_note& note,
             group& target, time_point now);
  std::set<std::string> remove_all(const caf::actor_addr& node);
  void tell(std::string_view type, const std::string& group_name,
            const present& who) const;

  policy_finder find_policy_;
  teller tell_;
  std::unordered_map<std::string, group> groups_;
  /// Group and key of those who are away, by the time at which they are due.
  /// Those who have come back meanwhile are still here.
  std::multimap<time_point, std::pair<std::string, std::string>> away_;
};

} // namespace stagedoor
