#include "stagedoor/actors/units/timing_wheel.hpp"

#include <algorithm>

namespace stagedoor {

timing_wheel::timing_wheel(clock::time_point start)
    : start_(start), slots_(slot_count) {}

void timing_wheel::arm(deadline& target, clock::time_point due) {
  target.unlink();
  // Round up: never early. A tick that is worked off already is the next one.
  auto ticks =
      due <= start_ ? 0 : (due - start_ + tick - clock::duration{1}) / tick;
  target.due_tick_ = std::max(static_cast<std::uint64_t>(ticks), done_ + 1);
  slots_[target.due_tick_ % slot_count].push_back(target);
  next_wake_ = std::min(next_wake_, time_of(target.due_tick_));
}

void timing_wheel::advance(clock::time_point now) {
  if (now < next_wake_)
    return;
  auto current = static_cast<std::uint64_t>((now - start_) / tick);
  // After a long gap every slot is worked off once, not once per round.
  auto first =
      current - done_ > slot_count ? current - slot_count + 1 : done_ + 1;
  done_ = current;
  slot due;
  for (auto index = first; index <= current; ++index) {
    auto& entries = slots_[index % slot_count];
    for (auto i = entries.begin(); i != entries.end();) {
      auto& entry = *i++;
      if (entry.due_tick_ <= current) {
        entry.unlink();
        due.push_back(entry);
      }
    }
  }
  // A callback may disarm or destroy any deadline, also one that is in `due`.
  while (!due.empty()) {
    auto& entry = due.front();
    entry.unlink();
    entry.on_expiry_();
  }
  find_next_wake();
}

timing_wheel::clock::time_point
timing_wheel::time_of(std::uint64_t tick_index) const {
  return start_ + tick * static_cast<std::int64_t>(tick_index);
}

void timing_wheel::find_next_wake() {
  next_wake_ = clock::time_point::max();
  for (auto index = done_ + 1; index <= done_ + slot_count; ++index)
    if (!slots_[index % slot_count].empty()) {
      next_wake_ = time_of(index);
      return;
    }
}

} // namespace stagedoor
