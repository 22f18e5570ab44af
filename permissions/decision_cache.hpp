#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

namespace stagedoor {

/// How often a look-up found a cached decision and how often not, over all
/// connections of a server.
/// Thread rule: any thread.
struct decision_cache_counts {
  std::atomic<std::uint64_t> hits = 0;
  std::atomic<std::uint64_t> misses = 0;
};

/// The answers of cacheable permissions to has_permission for one connection,
/// by permission, action and route. A new scope begins with an empty cache.
/// Limits: `cached_decisions_max`; a full cache is emptied.
/// Thread rule: its connection's unit.
class decision_cache {
public:
  using clock = std::chrono::steady_clock;

  decision_cache(std::size_t entries_max,
                 std::shared_ptr<decision_cache_counts> counts)
      : entries_max_(entries_max), counts_(std::move(counts)) {}

  /// @returns the answer, which is valid until the next `store`; null if none
  ///          holds any more.
  const decision* find(const permission_base& rule, const request& about,
                       clock::time_point now);

  /// Keeps an answer for the time that the permission names.
  void store(const permission_base& rule, const request& about,
             const decision& answer, clock::time_point now);

private:
  using key = std::tuple<const permission_base*, std::string, std::string>;
  struct entry {
    decision answer;
    clock::time_point holds_until;
  };

  std::size_t entries_max_;
  std::shared_ptr<decision_cache_counts> counts_;
  std::map<key, entry> entries_;
};

} // namespace stagedoor
