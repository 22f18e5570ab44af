#include "stagedoor/permissions/decision_cache.hpp"

namespace stagedoor {

const decision* decision_cache::find(const permission_base& rule,
                                     const request& about,
                                     clock::time_point now) {
  auto found = entries_.find({&rule, about.action(), about.route()});
  if (found == entries_.end() || now >= found->second.holds_until) {
    ++counts_->misses;
    return nullptr;
  }
  ++counts_->hits;
  return &found->second.answer;
}

void decision_cache::store(const permission_base& rule, const request& about,
                           const decision& answer, clock::time_point now) {
  key place{&rule, about.action(), about.route()};
  // A client chooses actions and routes: it pushes out its own answers only.
  if (entries_.size() >= entries_max_ && !entries_.contains(place))
    entries_.clear();
  entries_.insert_or_assign(std::move(place),
                            entry{answer, now + rule.cached_for()});
}

} // namespace stagedoor
