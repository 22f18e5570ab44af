#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/groups/hub_links.hpp"
#include "stagedoor/actors/groups/link_gate.hpp"
#include "stagedoor/actors/groups/member_survey.hpp"
#include "stagedoor/actors/groups/presence_keeper.hpp"
#include "stagedoor/actors/history_messages.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// What a group hub works with.
struct group_hub_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  /// Null if no group has a history.
  history_keeper_actor histories = {};
};

class group_hub_state {
public:
  using pointer = pinned_pointer<group_hub_actor, group_hub_state>;

  static inline const char* name = "stagedoor.group_hub";

  explicit group_hub_state(pointer self);

  group_hub_actor::behavior_type start(group_hub_setup setup);

private:
  /// How often it looks for other nodes.
  static constexpr limits::duration look_interval{1000};

  struct member {
    caf::actor connection;
    scope_ptr scope;
    /// Null if nothing was said of it.
    std::shared_ptr<const member_meta> meta = nullptr;
  };

  struct group {
    group_policy policy;
    /// What its members are told with each event.
    std::shared_ptr<const group_label> label;
    std::unordered_map<caf::actor_id, member> members;
  };

  void expired(std::uint64_t id);

  // -- members ----------------------------------------------------------------

  void joined(group_joined& event);
  void renew(group_joined& event, const group& target, member& known);
  void left(const group_left& event);
  void remove(const std::string& group_name, caf::actor_id connection);
  void count_members(const std::string& group_name, bool joined);
  void tell_changed();
  void actor_died(const caf::down_msg& down);

  caf::result<member_list> members(const std::string& group_name,
                                   group_reach reach);
  member_count own_members(const std::string& group_name);

  // -- presence ---------------------------------------------------------------

  /// Whether this hub counts the members of groups with presence.
  [[nodiscard]] bool is_keeper() const {
    return units_.empty() || units_.front() == self_;
  }
  void note_presence(const std::string& group_name, const group& target,
                     const member& subject, bool is_there);
  void keep(const presence_note& note);
  void look_for_nodes();

  // -- events, in order -------------------------------------------------------

  void broadcast(const group_broadcast& order);
  std::optional<group_line> line_of(const std::string& group_name,
                                    const event& content,
                                    const connection_address& except = {});
  void spread_here(const group_batch& batch);
  void spread(group_line line);
  void hand_out(const group_line& line);
  void hand_out(const numbered_line& line);
  [[nodiscard]] bool has_history(const std::string& group_name) const;
  void note_use(const std::string& group_name, const group& target,
                bool is_used);

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
  /// `start` makes these three.
  std::optional<hub_links> links_;
  std::optional<link_gate> gate_;
  std::optional<member_survey> survey_;
  /// `start` makes it. Only the first unit's hub has something in it.
  std::optional<presence_keeper> presence_;
  deadline look_;
};

/// Knows which connections of its unit are in which group, and spreads events:
/// to its own members, to the hubs of the other units, and one copy to each
/// other node, whose first hub fans it out there.
///
/// Members of groups with presence are told to list them again when another
/// node is lost, and when it is back: nobody knows who came and went there. The
/// hub of the first unit counts them; see presence_keeper.hpp.
///
/// What one sender sends takes one way to each member and keeps its order. An
/// event is encoded once, and its text is shared by all members of a node. An
/// event of a group with a history takes the way over the history keeper, which
/// numbers it.
///
/// Receives: events (handlers, runners, connections, the application), numbered
/// ones (history keeper);
/// memberships (connections); who is present (hubs of the other units and of
/// other nodes); its connections' and other nodes' deaths.
/// Sends: the text of an event (connections), batches of texts (hubs of other
/// units and nodes), events of groups with a history, and whether its unit has
/// members of them (history keeper), who is present (the first hub, those of
/// other nodes); over a new link, the order to ask the guards of groups again
/// (listener), see link_gate.hpp. Limits: `link_bytes_max`,
/// `members_listed_max`, `members_timeout`. What is dropped is counted and
/// logged. Ends when: the unit ends. Next on the path: hub_links.hpp to other
/// nodes; connection.hpp.
group_hub_actor::behavior_type group_hub(group_hub_state::pointer self,
                                         group_hub_setup setup);

} // namespace stagedoor
