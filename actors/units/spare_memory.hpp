#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <utility>

namespace stagedoor {

/// Memory for the nodes of one table, which come and go with every message:
/// those that the table lets go of are kept for its next ones. What has another
/// size than the first block, such as the buckets of the table, is not kept.
/// Limits: keeps `kept_max` blocks, and none under the address sanitizer, which
/// would not notice their late use.
/// Thread rule: that of the table.
class spare_memory final : public std::pmr::memory_resource {
public:
#ifdef __SANITIZE_ADDRESS__
  static constexpr std::size_t kept_max = 0;
#else
  static constexpr std::size_t kept_max = 16;
#endif

  spare_memory() = default;
  spare_memory(const spare_memory&) = delete;
  spare_memory& operator=(const spare_memory&) = delete;

  ~spare_memory() override {
    while (first_ != nullptr)
      ::operator delete(std::exchange(first_, first_->next));
  }

  /// How many blocks it keeps now.
  [[nodiscard]] std::size_t kept() const {
    return kept_;
  }

private:
  struct block {
    block* next;
  };

  void* do_allocate(std::size_t bytes, std::size_t) override {
    if (bytes == size_ && first_ != nullptr) {
      --kept_;
      return std::exchange(first_, first_->next);
    }
    if (size_ == 0 && bytes >= sizeof(block))
      size_ = bytes;
    return ::operator new(bytes);
  }

  void do_deallocate(void* memory, std::size_t bytes, std::size_t) override {
    if (bytes != size_ || kept_ == kept_max) {
      ::operator delete(memory);
      return;
    }
    ++kept_;
    first_ = new (memory) block{first_};
  }

  [[nodiscard]] bool
  do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  /// Of the blocks that are kept; 0 before the first one.
  std::size_t size_ = 0;
  std::size_t kept_ = 0;
  block* first_ = nullptr;
};

} // namespace stagedoor
