#include "stagedoor/actors/connections/guard_turns.hpp"

#include <algorithm>

namespace stagedoor {

bool guard_turns::take(asker& next) {
  if (taken_ < questions_max) {
    ++taken_;
    return true;
  }
  if (std::find(waiting_.begin(), waiting_.end(), &next) == waiting_.end())
    waiting_.push_back(&next);
  return false;
}

void guard_turns::give_back(std::size_t count) {
  taken_ -= count;
  while (taken_ < questions_max && !waiting_.empty()) {
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->turn_is_free();
  }
}

} // namespace stagedoor
