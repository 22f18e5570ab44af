#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// Writes values into one text, from which an `unpacker` takes them in the same
/// order. The form is the same on all machines: numbers have seven bits in each
/// byte, the lowest first, and the eighth bit where another byte follows; the
/// size of a text goes before it.
class packer {
public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      packed_ += static_cast<char>(value | 0x80);
    packed_ += static_cast<char>(value);
  }

  void text(std::string_view value) {
    number(value.size());
    packed_ += value;
  }

  /// How many bytes have been written since the last `take`.
  [[nodiscard]] std::size_t size() const { return packed_.size(); }

  /// What has been written.
  [[nodiscard]] std::string take() { return std::exchange(packed_, {}); }

private:
  std::string packed_;
};

/// Takes values out of such a text, which outlives it.
class unpacker {
public:
  explicit unpacker(std::string_view packed) : rest_(packed) {}

  /// Whether nothing is left, or it does not go on.
  [[nodiscard]] bool empty() const { return rest_.empty(); }

  /// Whether what was taken was not there.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

  /// The next value; 0 if there is none that 64 bits hold.
  std::uint64_t number() {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      const auto bits = static_cast<std::uint64_t>(byte & 0x7F);
      rest_.remove_prefix(1);
      if (bits << shift >> shift != bits)
        break;
      result |= bits << shift;
      if (byte < 0x80)
        return result;
    }
    fail();
    return 0;
  }

  /// The next value; empty if there is none.
  std::string_view text() {
    const auto size = number();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto result = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return result;
  }

private:
  void fail() {
    rest_ = {};
    has_failed_ = true;
  }

  std::string_view rest_;
  bool has_failed_ = false;
};

} // namespace stagedoor
