#include "stagedoor/actors/operators/slow_log.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

struct slow_log::lines {
  std::shared_ptr<spdlog::logger> log;
  std::string place;
  std::size_t left_out = 0;

  void tell_left_out() {
    if (auto count = std::exchange(left_out, 0); count > 0)
      log->warn("{}: {} more messages took as long, and are not logged", place,
                count);
  }
};

slow_log::slow_log(unit& home, std::shared_ptr<spdlog::logger> log,
                   std::chrono::milliseconds threshold, std::string place)
    : home_(home),
      threshold_(threshold.count() > 0 ? std::chrono::nanoseconds{threshold}
                                       : std::chrono::nanoseconds::max()),
      lines_(
          std::make_shared<lines>(lines{std::move(log), std::move(place), 0})),
      pause_([lines = lines_] { lines->tell_left_out(); }) {}

void slow_log::add(const slow_message& message) {
  if (pause_.armed()) {
    ++lines_->left_out;
    return;
  }
  home_.arm(pause_, operator_limits::slow_line_pause);
  const auto in_ms = [](std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  lines_->log->warn(
      "{}: action \"{}\" took {} ms (permissions {} ms, action {} ms), status "
      "{}, connection {}",
      lines_->place, message.action,
      in_ms(message.in_permissions + message.in_action),
      in_ms(message.in_permissions), in_ms(message.in_action), message.status,
      message.connection_id);
}

} // namespace stagedoor
