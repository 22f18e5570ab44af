#pragma once

#include "stagedoor/actors/units/socket_loop.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stagedoor {

/// What a `uring_loop` has the system do for its entries, by the places of the
/// entries, and how system and loop name it. The name of what is done for an
/// entry that has been forgotten means nothing any more, also when another
/// entry has taken its place.
class operation_table {
public:
  enum class kind : std::uint8_t { cancel, wake, send, input, output };

  /// Of one entry.
  struct place {
    /// Null if the place is free.
    loop_entry* entry = nullptr;
    /// How many entries had the place before.
    std::uint32_t entries_before = 0;
    /// The system does it.
    bool has_input = false;
    bool has_output = false;
    /// The next wait looks what the entry asks for.
    bool is_asking = false;
    /// More bytes had come than the last operation took.
    bool has_more = false;
  };

  /// Finds a place for the entry.
  [[nodiscard]] std::uint32_t add(loop_entry& entry);

  /// Frees the place.
  void remove(std::uint32_t number);

  place& operator[](std::uint32_t number) { return places_[number]; }

  /// The name of what is done for the entry at this place.
  [[nodiscard]] std::uint64_t name(kind what, std::uint32_t number) const {
    return name_of(what, places_[number].entries_before)
           | std::uint64_t{number} << kind_bits;
  }

  /// The name of what is done for no place, with a number that tells it from
  /// others.
  [[nodiscard]] static std::uint64_t name_of(kind what,
                                             std::uint64_t number = 0) {
    return static_cast<std::uint64_t>(what) | number << number_shift;
  }

  // What is in a name.
  [[nodiscard]] static kind kind_in(std::uint64_t name) {
    return static_cast<kind>(name & ((1U << kind_bits) - 1));
  }
  [[nodiscard]] static std::uint32_t place_in(std::uint64_t name) {
    return static_cast<std::uint32_t>(name) >> kind_bits;
  }
  [[nodiscard]] static std::uint64_t number_in(std::uint64_t name) {
    return name >> number_shift;
  }

private:
  static constexpr unsigned kind_bits = 3;
  static constexpr unsigned number_shift = 32;
  static constexpr std::size_t places_max = std::size_t{1}
                                            << (number_shift - kind_bits);

  std::vector<place> places_;
  std::vector<std::uint32_t> free_;
};

} // namespace stagedoor
