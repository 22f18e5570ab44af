#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/groups/histories.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// What a history keeper works with.
struct history_keeper_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
};

class history_keeper_state {
public:
  using pointer = pinned_pointer<history_keeper_actor, history_keeper_state>;

  static inline const char* name = "stagedoor.history_keeper";

  /// How often it looks for what is too old.
  static constexpr limits::duration sweep_interval{10'000};

  explicit history_keeper_state(pointer self);

  history_keeper_actor::behavior_type start(history_keeper_setup setup);

private:
  void open(const std::string& group);
  void number(const group_line& line);
  history_part read(const history_query& query);
  void use(const group_use& told);
  void sweep();

  pointer self_;
  history_keeper_setup setup_;
  /// `start` makes it.
  std::optional<histories> histories_;
  /// The hubs of all units.
  std::vector<group_hub_actor> hubs_;
  deadline due_;
};

/// Numbers the events of the groups with a history, keeps the last ones, and
/// has the hubs of all units spread them. So all members of a group see its
/// events with the same numbers, in one order. Connections ask it where a group
/// stands, and for the events that their clients do not have.
///
/// Receives: events (group hubs); questions (connections); whether a unit has
/// members of a group (group hubs).
/// Sends: numbered events (group hubs).
/// Limits: `history_bytes_max`, `histories_unused_max`, and the bounds of each
/// history.
/// Ends when: the first unit ends.
/// Next on the path: group_hub.hpp, which hands the events to the connections;
/// group_cursors.hpp reads.
history_keeper_actor::behavior_type
history_keeper(history_keeper_state::pointer self, history_keeper_setup setup);

} // namespace stagedoor
