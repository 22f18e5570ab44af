#include "stagedoor/actors/units/operation_table.hpp"

#include "stagedoor/protocol/assert.hpp"

namespace stagedoor {

std::uint32_t operation_table::add(loop_entry& entry) {
  if (free_.empty()) {
    STAGEDOOR_ASSERT(places_.size() < places_max);
    free_.push_back(static_cast<std::uint32_t>(places_.size()));
    places_.emplace_back();
  }
  const auto result = free_.back();
  free_.pop_back();
  places_[result].entry = &entry;
  return result;
}

void operation_table::remove(std::uint32_t number) {
  auto& old = places_[number];
  place fresh;
  fresh.entries_before = old.entries_before + 1;
  // It still stands in the loop's list.
  fresh.is_asking = old.is_asking;
  old = fresh;
  free_.push_back(number);
}

} // namespace stagedoor
