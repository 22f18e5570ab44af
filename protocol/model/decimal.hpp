#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// A decimal number that keeps each of its digits: `-12.50` stays `-12.50`, and
/// no double ever holds it. It compares by value, so 1.0 equals 1.00.
class decimal {
public:
  /// The most digits of a decimal that is written without an exponent.
  static constexpr std::size_t digits_max = 1000;

  /// Zero.
  decimal() = default;

  /// Reads digits with an optional sign, point and exponent, such as `-1.50`,
  /// `.5` or `1E+3`. White space at the ends is no part of a number.
  /// @returns nothing for any other text.
  static std::optional<decimal> parse(std::string_view text);

  /// Writes all digits and no exponent, such as `1000` for `1E+3`.
  /// The number must have at most `digits_max` digits in this form.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] double to_double() const;

  /// How many digits there are before and behind the point. Zeros in front do
  /// not count, nor do zeros behind the digits of a number with an exponent.
  [[nodiscard]] std::size_t whole_digits() const;
  [[nodiscard]] std::size_t places() const;

  /// The digits in total: all of them, and zeros behind the point that come
  /// before the first other digit.
  [[nodiscard]] std::size_t digits() const;

  /// Returns the same number with exactly so many places. There must not be
  /// more already.
  [[nodiscard]] decimal with_places(std::size_t places) const;

  friend bool operator==(const decimal& a, const decimal& b) {
    return std::is_eq(a <=> b);
  }
  friend std::strong_ordering operator<=>(const decimal& a, const decimal& b);

private:
  [[nodiscard]] bool is_zero() const { return digits_ == "0"; }

  bool negative_ = false;
  /// Without zeros in front; "0" for zero.
  std::string digits_ = "0";
  /// The power of ten of the last digit.
  std::int64_t exponent_ = 0;
};

} // namespace stagedoor
