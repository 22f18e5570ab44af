#pragma once

#include "stagedoor/protocol/group.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor {

// The events of a group with a history are numbered within an epoch. Whoever
// knows a position in it can be told what has come since.

/// A place behind an event of a group.
struct group_position {
  /// Names the run of numbers; 0 names none. No two runs have the same one.
  std::uint64_t epoch = 0;
  /// The number of the event; the first event of an epoch has 1.
  std::uint64_t offset = 0;

  bool operator==(const group_position&) const = default;
};

/// How an epoch is written for clients: 16 hexadecimal digits.
std::string epoch_text(std::uint64_t epoch);

/// Makes an epoch that nobody else makes: 64 random bits.
std::uint64_t new_epoch();

/// Reads what `epoch_text` has written.
/// @returns 0, which is no epoch, for any other text.
std::uint64_t read_epoch(std::string_view text);

/// An event of a group with a history, encoded with its number.
struct numbered_text {
  group_position position;
  std::string text;
};

/// Numbers an encoded event: the keys `group` and `offset` follow the others.
std::string number_event(std::string_view encoded, const std::string& group,
                         std::uint64_t offset);

/// Makes the event `group.position`: this is where a member stands.
event position_event(const std::string& group, const group_position& position);

/// Makes the event `group.lost` of a group with a history: the member does not
/// get what lies between the two offsets, and nothing more until it resumes.
event lost_event(const std::string& group, std::uint64_t after,
                 std::uint64_t next);

} // namespace stagedoor
