#pragma once

#include "stagedoor/actors/units/unit.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// One message that took long, as the log tells of it.
struct slow_message {
  /// An action of the handler, or `unit_metrics::other_action`.
  std::string_view action;
  std::chrono::nanoseconds in_permissions{0};
  std::chrono::nanoseconds in_action{0};
  std::uint16_t status = 0;
  std::uint64_t connection_id = 0;
};

/// Logs the messages of one route that took long. Nothing of a line is what the
/// client sent.
///
/// Limits: a line in each `operator_limits::slow_line_pause`. At the end of
/// that time, another line says how many have had none.
/// Thread rule: belongs to one actor of the unit.
class slow_log {
public:
  /// @param threshold the least time that is logged; 0 logs nothing.
  /// @param place how the lines call the route.
  slow_log(unit& home, std::shared_ptr<spdlog::logger> log,
           std::chrono::milliseconds threshold, std::string place);

  /// Whether a message that took this time is to be logged.
  [[nodiscard]] bool wants(std::chrono::nanoseconds took) const {
    return took >= threshold_;
  }

  void add(const slow_message& message);

private:
  /// Apart from the actor, whose state a deadline does not touch.
  struct lines;

  unit& home_;
  std::chrono::nanoseconds threshold_;
  std::shared_ptr<lines> lines_;
  /// The end of the time in which nothing more is logged.
  deadline pause_;
};

} // namespace stagedoor
