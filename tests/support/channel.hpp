#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace stagedoor::test {

/// How long a test waits for what must happen.
inline constexpr std::chrono::seconds patience{5};

/// Values on their way from a server's thread to the test's.
/// Thread rule: any thread.
template <class T>
class channel {
public:
  void put(T value) {
    {
      std::lock_guard lock{mutex_};
      values_.push_back(std::move(value));
    }
    changed_.notify_all();
  }

  /// Waits for the next value.
  T take() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [this] { return !values_.empty(); }))
      throw std::runtime_error("channel: nothing came");
    auto result = std::move(values_.front());
    values_.pop_front();
    return result;
  }

  [[nodiscard]] bool empty() const {
    std::lock_guard lock{mutex_};
    return values_.empty();
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

/// Holds threads of a server up until the test opens it.
/// Thread rule: any thread.
class gate {
public:
  /// Says that it is here and waits until the gate opens.
  void pass() {
    std::unique_lock lock{mutex_};
    ++arrived_;
    changed_.notify_all();
    changed_.wait_for(lock, 2 * patience, [this] { return open_; });
  }

  /// Waits until `count` threads have come.
  void wait_for(int count = 1) {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [&] { return arrived_ >= count; }))
      throw std::runtime_error("gate: nobody came");
  }

  void open() {
    {
      std::lock_guard lock{mutex_};
      open_ = true;
    }
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

/// Opens a gate at the end of a test, however it ends: a server waits for its
/// worker threads.
class opens_at_end {
public:
  explicit opens_at_end(gate& which) : gate_(which) {}
  ~opens_at_end() { gate_.open(); }

  opens_at_end(const opens_at_end&) = delete;
  opens_at_end& operator=(const opens_at_end&) = delete;

private:
  gate& gate_;
};

/// Asks again and again, for what tells of no event.
/// @returns whether `holds()` came true in time.
template <class Predicate>
bool eventually(Predicate holds) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

} // namespace stagedoor::test
