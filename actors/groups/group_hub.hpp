#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// What the group hubs of a server are offered as to other nodes, behind the
/// server's name: `stagedoor.groups`.
inline constexpr std::string_view groups_service = ".groups";

/// What a group hub works with.
struct group_hub_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
};

class group_hub_state {
public:
  using pointer = pinned_pointer<group_hub_actor, group_hub_state>;

  static inline const char* name = "stagedoor.group_hub";

  explicit group_hub_state(pointer self);
  /// Answers what it owes: a dying actor breaks no promise by itself.
  ~group_hub_state();

  group_hub_actor::behavior_type start(group_hub_setup setup);

private:
  /// How often it looks for other nodes.
  static constexpr limits::duration look_interval{1000};

  struct member {
    caf::actor connection;
    scope_ptr scope;
  };

  struct group {
    group_policy policy;
    std::unordered_map<caf::actor_id, member> members;
  };

  /// What is on its way to another node: one batch, and what waits behind it.
  struct link {
    std::string node;
    caf::actor hub;
    std::vector<group_line> waiting;
    std::size_t waiting_bytes = 0;
    std::size_t in_flight = 0;
    /// Since the last time that it was logged.
    std::size_t dropped = 0;
  };

  /// A node whose hub has ended.
  struct absence {
    /// Nobody knows of its members: it did not leave by itself.
    bool is_lost = false;
    unit::clock::time_point since;
    /// Events that it has not been sent since.
    std::size_t missed = 0;
  };

  /// A question for the members of a group that others are asked as well.
  struct open_question {
    open_question(caf::typed_response_promise<member_list> owed,
                  member_count own, std::function<void()> on_expiry)
        : promise(std::move(owed)), present(std::move(own)),
          due(std::move(on_expiry)) {}

    caf::typed_response_promise<member_list> promise;
    member_count present;
    /// Those that have not answered.
    std::size_t missing = 0;
    deadline due;
  };

  // -- members ----------------------------------------------------------------

  void joined(group_joined& who);
  void left(const group_left& who);
  void remove(const std::string& group_name, caf::actor_id connection);
  void count_members(const std::string& group_name, bool joined);
  void tell_presence(std::string_view type, const std::string& group_name,
                     const group& where, const member& who);
  void tell_changed();
  void someone_died(const caf::down_msg& down);

  // -- events, in order -------------------------------------------------------

  void broadcast(const group_broadcast& what);
  void spread(group_line line);
  void hand_out(const group_line& line);

  // -- other nodes (group_hub_links.cpp) --------------------------------------

  void find_links();
  void look_for_nodes();
  void send_to_nodes(const group_line& line);
  void send_waiting(link& to);
  void batch_done(const caf::actor_addr& hub, bool arrived);
  void drop(link& from, std::size_t count, drop_reason why);
  void node_went(const caf::down_msg& down);
  void node_came(const std::string& node);

  // -- who is there (group_hub_members.cpp) -----------------------------------

  caf::result<member_list> members(const std::string& group_name,
                                   group_reach reach);
  member_count own_members(const std::string& group_name);
  void ask(std::uint64_t id, const caf::actor& hub,
           const std::string& group_name, group_reach reach);
  void answered(std::uint64_t id, const member_list* part);
  void finish(std::uint64_t id);

  pointer self_;
  group_hub_setup setup_;
  std::unordered_map<std::string, group> groups_;
  /// Those with members here, and all their members, but those of users.
  std::size_t counted_groups_ = 0;
  std::size_t counted_members_ = 0;
  /// The groups of each connection.
  std::unordered_map<caf::actor_id, std::vector<std::string>> connections_;
  /// All hubs of the server, this one included; the first unit's first.
  std::vector<caf::actor> units_;
  /// By the address of the hub there.
  std::map<caf::actor_addr, link> links_;
  /// The nodes of the hubs whose end has not been heard of.
  std::map<caf::actor_addr, std::string> nodes_;
  /// By node.
  std::map<std::string, absence> absent_;
  deadline look_;
  /// Of the service table that `links_` is made of.
  std::uint64_t table_version_ = 0;
  open_requests<open_question> questions_;
};

/// Knows which connections of its unit are in which group, and spreads events:
/// to its own members, to the hubs of the other units, and one copy to each
/// other node, whose first hub fans it out there.
///
/// Members of groups with presence are told to list them again when another
/// node is lost, and when it is back: nobody knows who came and went there.
///
/// What one sender sends takes one way to each member and keeps its order. An
/// event is encoded once, and its text is shared by all members of a node.
///
/// Receives: events (handlers, runners, connections, the application);
/// memberships (connections); its connections' and other nodes' deaths.
/// Sends: the text of an event (connections), batches of texts (hubs of other
/// units and nodes).
/// Limits: `link_bytes_max`, `members_listed_max`, `members_timeout`. What is
/// dropped is counted and logged.
/// Ends when: the unit ends.
group_hub_actor::behavior_type group_hub(group_hub_state::pointer self,
                                         group_hub_setup setup);

} // namespace stagedoor
