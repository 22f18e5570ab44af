#pragma once

#include "stagedoor/actors/groups/presence_table.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace stagedoor {

/// Counts who is present in the groups with presence, for all units of a node.
/// It tells the keepers of other nodes of every connection that comes or goes
/// here, each of which counts for itself and tells its own members. So an event
/// has the number that its node has counted, every node counts each connection
/// once, and no node has to be asked.
///
/// Notes for another keeper go one batch at a time, in order. When too many
/// wait, or when the other node has just come, it is sent all that are here in
/// one piece instead, and its members list them again.
/// Limits: `notes_waiting_max`.
/// Thread rule: belongs to the group hub of the first unit.
class presence_keeper {
public:
  using owner_pointer = pinned<group_hub_actor::base>*;

  /// The notes that may wait for another node. When there are more, it is sent
  /// all that are present.
  static constexpr std::size_t notes_waiting_max = 1000;

  /// @param on_due the callback of the deadline; `tell_due` is due then.
  presence_keeper(owner_pointer self, std::function<void()> on_due,
                  presence_table::policy_finder find_policy,
                  presence_table::teller tell);

  /// A connection of this node has come or gone, or has changed.
  /// @param hubs the keepers of the other nodes.
  void note(const presence_note& what, const std::vector<caf::actor>& hubs);

  /// What another keeper tells.
  void take(const caf::actor& keeper, const presence_notes& told,
            const std::vector<caf::actor>& hubs);

  /// Tells those keepers who is present here that do not know it yet.
  void meet(const std::vector<caf::actor>& hubs);

  /// Another keeper, or some other actor, has ended.
  void forget(const caf::actor_addr& keeper);

  /// Adds the users who are away.
  void add_away(const std::string& group, member_count& to) const {
    table_.add_away(group, to);
  }

  /// Tells of the users who have not come back in time.
  void tell_due();

private:
  /// Another keeper, and what waits to be sent to it.
  struct link {
    caf::actor keeper;
    std::vector<presence_note> waiting = {};
    /// It has to be sent all, in place of what waits.
    bool needs_all = false;
    bool is_sending = false;
  };

  void add(const caf::actor& keeper);
  void send(link& to);
  void sent(const caf::actor& keeper);
  void arm();

  owner_pointer self_;
  presence_table table_;
  deadline due_;
  std::map<caf::actor_addr, link> links_;
  /// The keepers that have told something.
  std::set<caf::actor_addr> known_;
};

} // namespace stagedoor
