#pragma once

#include "stagedoor/protocol/limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor {

/// Where a value of a message goes: that of each key has its place, and outside
/// of an object there is none.
enum class place : std::uint8_t {
  nowhere,
  argument,
  action,
  route,
  request_id,
  once,
  once_age
};

/// The place of the value of a key.
place place_of(std::string_view key);

/// What is wrong with the value of a control key.
enum class flaw : std::uint8_t { none, type, size, lone_surrogate };

/// What is wrong with the control keys of a message. The length of `once` is
/// none of it: that concerns the action.
struct control_flaws {
  flaw action = flaw::none;
  flaw route = flaw::none;
  flaw request_id = flaw::none;
  flaw once = flaw::none;
  flaw once_age = flaw::none;

  [[nodiscard]] bool any() const {
    return action != flaw::none || route != flaw::none
           || request_id != flaw::none || once != flaw::none
           || once_age != flaw::none;
  }

  /// The flaw of a control key; null for any other place.
  [[nodiscard]] flaw* at(place key);

  /// Says what is wrong with the first key of these that has a flaw; one has.
  [[nodiscard]] std::string text(const limits& limits) const;
};

} // namespace stagedoor
