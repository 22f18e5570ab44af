#include "stagedoor/actors/keeping/once_runs.hpp"

namespace stagedoor {

once_runs::run& once_runs::add(std::uint64_t number, const once_claim& claim,
                               time_point now) {
  auto& added = runs_[number];
  added.record.key = claim.key;
  added.record.fingerprint = claim.fingerprint;
  added.record.runner = claim.runner;
  added.record.number = claim.number;
  added.since = now;
  return added;
}

once_runs::run* once_runs::end(std::uint64_t number, once_ending how,
                               const reply& answer) {
  auto* found = find(number);
  if (found == nullptr || (found->how && *found->how != once_ending::unknown))
    return nullptr;
  found->how = how;
  found->record.state =
      how == once_ending::answered ? once_state::answered : once_state::unknown;
  found->record.answer = answer;
  found->told.clear();
  return found;
}

void once_runs::told(std::uint64_t number, once_ending how,
                     const std::string& life) {
  if (auto* found = find(number); found != nullptr && found->how == how)
    found->told.insert(life);
}

bool once_runs::drop_told(std::uint64_t number,
                          const once_ring::places& keepers) {
  auto* found = find(number);
  if (found == nullptr)
    return true;
  const auto knows = [&](const std::string& life) {
    return life.empty() || found->told.contains(life);
  };
  if (!found->how || !knows(keepers.keeper) || !knows(keepers.copy))
    return false;
  // The answer may still come.
  if (found->how == once_ending::unknown && !found->is_given_up)
    return false;
  runs_.erase(number);
  return true;
}

void once_runs::expire(time_point now, const limits& bounds) {
  for (auto& [number, each] : runs_)
    if (now >= each.since + bounds.action_timeout + bounds.once_kept) {
      if (!each.how)
        end(number, once_ending::unknown, {});
      each.is_given_up = true;
    }
}

once_runs::run* once_runs::find(std::uint64_t number) {
  const auto found = runs_.find(number);
  return found != runs_.end() ? &found->second : nullptr;
}

} // namespace stagedoor
