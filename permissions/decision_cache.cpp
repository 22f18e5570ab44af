#include "stagedoor/permissions/decision_cache.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

constexpr std::chrono::hours holds_max{24 * 365};

} // namespace

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
  // Whoever says "for ever" must not reach the past.
  const auto time =
      std::min<std::chrono::milliseconds>(rule.cached_for(), holds_max);
  entries_.insert_or_assign(std::move(place), entry{answer, now + time});
}

} // namespace stagedoor
