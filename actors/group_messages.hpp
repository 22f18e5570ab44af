#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/group.hpp"
#include "stagedoor/protocol/group_position.hpp"
#include "stagedoor/protocol/request.hpp"

#include "caf/actor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// What the roles say to each other about groups, for messages.hpp.
namespace stagedoor {

/// connection → group hub: the connection has joined a group, or what is known
/// of it has changed.
struct group_joined {
  std::string group;
  scope_ptr scope;
  caf::actor connection;
  /// What the application says of the member, as JSON; empty leaves it as it
  /// is.
  std::string meta = {};
};

/// connection → group hub: the connection has left a group.
struct group_left {
  std::string group;
  caf::actor_id connection = 0;
};

/// group hub → connection: an event of a group. subscription hub → connection:
/// an event of a subscription.
struct group_event {
  /// The encoded event, which all members of a group share.
  std::shared_ptr<const std::string> text;
  /// Shared as well, and never null.
  std::shared_ptr<const group_label> group;
};

/// Says how far a question for the members of a group goes.
enum class group_reach : std::uint8_t {
  /// To the group hub of one unit.
  unit,
  /// To all units of a server.
  node,
  /// To all nodes.
  cluster,
};

template <caf_api::asks_about_enums Inspector>
bool inspect(Inspector& f, group_reach& x) {
  return caf_api::inspect_enum(f, x);
}

/// group hub → history keeper: the unit has members of a group now, or has none
/// any more.
struct group_use {
  std::string group;
  bool is_used = true;
};

/// history keeper → group hub: an event with its number, for the members on the
/// unit.
struct numbered_line {
  std::string group;
  std::shared_ptr<const numbered_text> text;
  connection_address except = {};
};

/// group hub → connection: an event of a group with a history.
struct numbered_event {
  /// Which all members of the group share.
  std::shared_ptr<const numbered_text> text;
  /// Shared as well, and never null.
  std::shared_ptr<const group_label> group;
  /// Whether the client is to be told the position in place of the event.
  bool is_excepted = false;
};

/// connection → history keeper: what has come behind a position.
struct history_query {
  std::string group;
  /// Only its epoch counts if `bytes_max` is 0.
  group_position after = {};
  /// Bytes of texts after which the answer ends; 0 asks for none.
  std::size_t bytes_max = 0;
};

/// history keeper → connection: the answer to a `history_query`.
struct history_part {
  /// Of the last event of the group.
  group_position last = {};
  /// The offset of the oldest event that is kept; that behind the last event if
  /// none is.
  std::uint64_t first = 1;
  /// The texts of the events behind the position, without a gap. Empty if the
  /// epoch is another, or if the next event is not kept.
  std::vector<std::string> texts = {};
};

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_event& x) {
  std::string text;
  group_label group;
  if constexpr (caf_api::reads_object<Inspector>) {
    text = *x.text;
    group = *x.group;
  }
  auto load = [&]() -> caf::error {
    x.text = std::make_shared<const std::string>(std::move(text));
    x.group = std::make_shared<const group_label>(std::move(group));
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::group_event", load, text,
                                 group.name, group.slow);
}

} // namespace stagedoor
