#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace stagedoor {

/// The limits of a unit. No option changes them.
struct unit_limits {
  // -- actors that die --------------------------------------------------------

  /// Time until an actor that has died for the second time is spawned again;
  /// after the first time it is spawned at once. Each further death doubles the
  /// time.
  static constexpr std::chrono::milliseconds respawn_delay_min{100};
  /// What that time doubles up to.
  static constexpr std::chrono::milliseconds respawn_delay_max{5'000};
  /// Time after which an actor that has not died is spawned at once again.
  static constexpr std::chrono::seconds respawn_calm{30};

  // -- deadlines --------------------------------------------------------------

  /// The longest time to a deadline: longer than any process runs, and short
  /// enough to be added to the time of a clock.
  static constexpr std::chrono::hours deadline_max{std::int64_t{24} * 365
                                                   * 100};

  // -- turns ------------------------------------------------------------------

  /// Messages that one actor takes before the next actor's turn.
  static constexpr std::size_t messages_per_resume = 64;
  /// Sockets that are read before the actors run.
  static constexpr std::size_t events_per_turn_max = 16;
  /// Frames that a socket hands on before it is the turn of the next one.
  static constexpr std::size_t frames_per_delivery_max = 32;
  /// Times that a socket that was read hands on more, so that a flood from it
  /// does not keep the other sockets waiting.
  static constexpr std::size_t deliveries_per_event_max = 2;
};

} // namespace stagedoor
