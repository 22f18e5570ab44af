#pragma once

#include "stagedoor/actors/units/unit.hpp"

#include <chrono>

namespace stagedoor {

/// How long one message was with its permissions, and how long with its action.
///
/// The unit reads its clock once per turn, so what begins and ends within a
/// turn takes no time. Only for a message that is sampled, the clock itself is
/// read, at each change from the one to the other.
/// Thread rule: belongs to one actor of the unit.
class message_times {
public:
  using time_point = unit::clock::time_point;
  using duration = std::chrono::nanoseconds;

  /// Has the message measured, which is with its permissions from now on.
  /// Without it, and after `end`, the functions below change nothing.
  /// @param home outlives the message.
  void measure(const unit& home, bool is_sampled) {
    home_ = &home;
    is_sampled_ = is_sampled;
    since_ = now();
  }

  /// From now on the message is with its action.
  void begin_action() {
    if (home_ == nullptr)
      return;
    has_action_ = true;
    change_part();
  }

  /// From now on the message is with its action again.
  void enter_action() {
    if (has_action_ && !is_in_action_)
      change_part();
  }

  /// From now on the permissions are asked about the object of the action.
  void enter_permissions() {
    if (is_in_action_)
      change_part();
  }

  /// The message has been answered.
  void end() {
    if (home_ == nullptr)
      return;
    add(now());
    home_ = nullptr;
  }

  [[nodiscard]] bool is_sampled() const { return is_sampled_; }
  /// Whether it has ever been with its action.
  [[nodiscard]] bool has_action() const { return has_action_; }
  [[nodiscard]] duration in_permissions() const { return in_permissions_; }
  [[nodiscard]] duration in_action() const { return in_action_; }
  /// Zero for a message that is not measured.
  [[nodiscard]] duration total() const { return in_permissions_ + in_action_; }

private:
  [[nodiscard]] time_point now() const {
    return is_sampled_ ? home_->precise_now() : home_->now();
  }

  void add(time_point now) {
    (is_in_action_ ? in_action_ : in_permissions_) += now - since_;
  }

  void change_part() {
    if (home_ == nullptr)
      return;
    const auto until = now();
    add(until);
    since_ = until;
    is_in_action_ = !is_in_action_;
  }

  /// Null while nothing is measured.
  const unit* home_ = nullptr;
  time_point since_;
  duration in_permissions_{0};
  duration in_action_{0};
  bool is_sampled_ = false;
  bool is_in_action_ = false;
  bool has_action_ = false;
};

} // namespace stagedoor
