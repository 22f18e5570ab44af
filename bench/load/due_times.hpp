#pragma once

#include <bit>
#include <chrono>
#include <cstddef>
#include <vector>

namespace stagedoor::load {

/// When each message without a reply was due, oldest first: replies come in
/// order. Takes memory only when there are more of them than ever before.
class due_times {
public:
  using time_point = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void push(time_point due) {
    if (size_ == ring_.size())
      grow();
    ring_[(first_ + size_) & (ring_.size() - 1)] = due;
    ++size_;
  }

  /// Requires that there is one.
  time_point pop() {
    auto result = ring_[first_];
    first_ = (first_ + 1) & (ring_.size() - 1);
    --size_;
    return result;
  }

  void clear() { first_ = size_ = 0; }

private:
  void grow() {
    std::vector<time_point> wider(std::bit_ceil(size_ + 1));
    for (std::size_t i = 0; i < size_; ++i)
      wider[i] = ring_[(first_ + i) & (ring_.size() - 1)];
    ring_.swap(wider);
    first_ = 0;
  }

  /// A power of two in size, or empty.
  std::vector<time_point> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

} // namespace stagedoor::load
