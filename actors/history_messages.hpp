#pragma once

#include "stagedoor/actors/messages.hpp"
#include "stagedoor/protocol/group_position.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// What the roles say to each other about groups with a history. No application
/// sends it.
namespace stagedoor {

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

} // namespace stagedoor
