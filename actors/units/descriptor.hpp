#pragma once

#include <unistd.h>

#include <utility>

namespace stagedoor {

/// An open file descriptor of the system, which is closed when its owner is
/// destroyed.
class descriptor {
public:
  descriptor() = default;

  /// @param number an open descriptor that nobody else closes, or less than 0
  ///        for none.
  explicit descriptor(int number) : number_(number) {}

  descriptor(descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)) {}

  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }

  ~descriptor() { close(); }

  [[nodiscard]] bool is_open() const { return number_ >= 0; }

  /// What system calls take; less than 0 if nothing is open.
  [[nodiscard]] int number() const { return number_; }

  void close() {
    if (is_open())
      ::close(std::exchange(number_, -1));
  }

private:
  int number_ = -1;
};

} // namespace stagedoor
