#pragma once

#include "stagedoor/actors/keeping/once_book.hpp"
#include "stagedoor/actors/keeping/once_ring.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace stagedoor {

/// The messages with keys that run on this node, or have ended while the
/// keepers of their keys have not heard of it.
/// Limits: those of the handlers for what they run; what a handler does not end
/// in `once_kept` and `action_timeout` ends here, with an unknown outcome.
/// Thread rule: one owner, which says what time it is.
class once_runs {
public:
  using time_point = once_book::time_point;

  struct run {
    /// As it is told.
    once_record record;
    /// How it has ended, as far as it has.
    std::optional<once_ending> how = {};
    time_point since;
    /// The lives that have heard how it has ended.
    std::set<std::string> told = {};
    /// Nobody waits any more for its answer.
    bool is_given_up = false;
  };

  /// A message runs.
  /// @param number differs from that of any other.
  run& add(std::uint64_t number, const once_claim& claim, time_point now);

  /// Notes how it has ended. An answer is the last word; an unknown outcome may
  /// be followed by the answer.
  /// @returns null if it has ended before.
  run* end(std::uint64_t number, once_ending how, const reply& answer);

  /// A keeper has heard of it.
  void told(std::uint64_t number, once_ending how, const std::string& life);

  /// Drops it if both keepers know how it has ended, and no other answer can
  /// come.
  /// @returns whether it is gone.
  bool drop_told(std::uint64_t number, const once_ring::places& keepers);

  /// Ends what has run for too long.
  void expire(time_point now, const limits& bounds);

  run* find(std::uint64_t number);
  [[nodiscard]] const std::map<std::uint64_t, run>& all() const {
    return runs_;
  }
  [[nodiscard]] bool empty() const { return runs_.empty(); }

private:
  std::map<std::uint64_t, run> runs_;
};

} // namespace stagedoor
