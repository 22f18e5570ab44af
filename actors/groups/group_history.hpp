#pragma once

#include "stagedoor/protocol/group_position.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The last events of one group, as the encoded texts that went out. The texts
/// stand in blocks one behind the other, so that an event costs little more
/// than its text. The offsets of the events are consecutive; the first event of
/// an epoch has 1.
/// Thread rule: one owner, which says what time it is.
class group_history {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Bytes of texts after which a new block begins. The memory of a block is
  /// given back when all of its events are dropped.
  static constexpr std::size_t block_bytes = 4096;
  /// The same for the time since its first event.
  static constexpr std::chrono::hours block_time{1};

  explicit group_history(const history& bounds) : bounds_(bounds) {}

  /// Keeps the event behind the last one, and drops the oldest ones that are
  /// too many, too large together or too old now.
  void add(std::string_view text, time_point now);

  /// Drops the events that are too old.
  void drop_old(time_point now);

  /// Drops the oldest block, unless there is none.
  void drop_block();

  /// The offset of the last event, kept or not; 0 before the first one.
  [[nodiscard]] std::uint64_t last() const { return last_; }

  /// The offset of the oldest event that is kept; `last() + 1` if none is.
  [[nodiscard]] std::uint64_t first() const { return first_; }

  /// The texts of the events behind `after` in their order, until they have
  /// `bytes_max` bytes or more. At least one, if there is one.
  /// @param after not less than `first() - 1`.
  [[nodiscard]] std::vector<std::string> read(std::uint64_t after,
                                              std::size_t bytes_max) const;

  /// Bytes of the texts that are kept.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// When the last event was added.
  [[nodiscard]] time_point last_added() const { return last_added_; }

private:
  struct block {
    std::string texts;
    /// Where each text ends.
    std::vector<std::uint32_t> ends;
    /// When each was added, in milliseconds behind `begin`.
    std::vector<std::uint32_t> ages;
    time_point begin;
    /// How many of them have been dropped.
    std::size_t dropped = 0;

    [[nodiscard]] std::size_t start(std::size_t place) const {
      return place == 0 ? 0 : ends[place - 1];
    }
    [[nodiscard]] std::size_t size(std::size_t place) const {
      return ends[place] - start(place);
    }
    [[nodiscard]] time_point added(std::size_t place) const {
      return begin + std::chrono::milliseconds{ages[place]};
    }
  };

  void drop_oldest();

  history bounds_;
  std::deque<block> blocks_;
  std::uint64_t last_ = 0;
  std::uint64_t first_ = 1;
  std::size_t bytes_ = 0;
  time_point last_added_;
};

} // namespace stagedoor
