#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace stagedoor {

/// A number that one thread changes and any thread reads. Changing it costs a
/// plain load and store: no lock prefix, no waiting.
/// Thread rule: one thread changes it; `value` from any thread.
class tally {
public:
  void add(std::uint64_t count = 1) { set(value() + count); }
  void subtract(std::uint64_t count = 1) { set(value() - count); }
  void set(std::uint64_t value) {
    value_.store(value, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t value() const {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// How often something took how long.
/// Thread rule: one thread adds; any thread reads. What is read while another
/// time is added may lack it in part.
class time_tally {
public:
  using duration = std::chrono::nanoseconds;

  /// Upper bounds of the buckets; one more bucket has what is above them all.
  static constexpr std::array<duration, 11> bounds{
      std::chrono::microseconds{10},  std::chrono::microseconds{100},
      std::chrono::milliseconds{1},   std::chrono::milliseconds{5},
      std::chrono::milliseconds{10},  std::chrono::milliseconds{50},
      std::chrono::milliseconds{100}, std::chrono::milliseconds{500},
      std::chrono::seconds{1},        std::chrono::seconds{2},
      std::chrono::seconds{5}};

  void add(duration took) {
    auto least = std::lower_bound(bounds.begin(), bounds.end(), took);
    buckets_[static_cast<std::size_t>(least - bounds.begin())].add();
    sum_ns_.add(
        static_cast<std::uint64_t>(std::max(took, duration{0}).count()));
  }

  /// How many were up to the bound of that index and above the one before.
  [[nodiscard]] std::uint64_t bucket(std::size_t index) const {
    return buckets_.at(index).value();
  }

  /// How many there were in all.
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t result = 0;
    for (const auto& each : buckets_)
      result += each.value();
    return result;
  }

  [[nodiscard]] duration sum() const {
    return duration{static_cast<duration::rep>(sum_ns_.value())};
  }

private:
  std::array<tally, bounds.size() + 1> buckets_;
  tally sum_ns_;
};

/// A table whose rows are added when they are first needed, and never removed:
/// references to them stay valid. Finding a row takes no lock; adding one and
/// reading the table do.
/// Thread rule: one thread calls `at`; `each` from any thread.
template <class Key, class Row>
class tally_table {
public:
  /// The row of a key.
  template <class LookupKey>
  Row& at(const LookupKey& key) {
    // Nobody else adds, so the table stands still.
    if (auto found = rows_.find(key); found != rows_.end())
      return found->second;
    std::lock_guard lock{mutex_};
    return rows_.try_emplace(Key{key}).first->second;
  }

  /// Calls `f` with each key and its row.
  template <class F>
  void each(F f) const {
    std::lock_guard lock{mutex_};
    for (const auto& [key, row] : rows_)
      f(key, row);
  }

private:
  mutable std::mutex mutex_;
  std::map<Key, Row, std::less<>> rows_;
};

} // namespace stagedoor
