#include "stagedoor/protocol/model/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <system_error>

namespace stagedoor {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the digits at the start of `text` away.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits =
      text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// Takes a sign away.
/// @returns whether it was a minus.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+'))
    return false;
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  return negative;
}

/// Reads an exponent, with its letter. One that is far beyond what can be
/// written becomes one that is still beyond it.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  constexpr std::int64_t far = 1'000'000'000;
  if (text.empty())
    return 0;
  if (text[0] != 'e' && text[0] != 'E')
    return std::nullopt;
  text.remove_prefix(1);
  const bool negative = take_sign(text);
  const auto digits = take_digits(text);
  if (digits.empty() || !text.empty())
    return std::nullopt;
  std::int64_t value = far;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc{} || value > far)
    value = far;
  return negative ? -value : value;
}

} // namespace

std::optional<decimal> decimal::parse(std::string_view text) {
  decimal result;
  result.negative_ = take_sign(text);
  const auto whole = take_digits(text);
  std::string_view fraction;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  const auto exponent = parse_exponent(text);
  if ((whole.empty() && fraction.empty()) || !exponent)
    return std::nullopt;
  result.digits_ = whole;
  result.digits_ += fraction;
  result.exponent_ = *exponent - static_cast<std::int64_t>(fraction.size());
  const auto first = result.digits_.find_first_not_of('0');
  result.digits_.erase(0, std::min(first, result.digits_.size() - 1));
  return result;
}

std::string decimal::to_string() const {
  std::string text = digits_;
  if (exponent_ > 0 && !is_zero())
    text.append(static_cast<std::size_t>(exponent_), '0');
  if (const auto behind = places(); behind > 0) {
    if (text.size() <= behind)
      text.insert(0, behind + 1 - text.size(), '0');
    text.insert(text.size() - behind, 1, '.');
  }
  return negative_ ? '-' + text : text;
}

double decimal::to_double() const {
  auto text = negative_ ? '-' + digits_ : digits_;
  text += 'e';
  text += std::to_string(exponent_);
  // It knows what is too large from what is too small, unlike from_chars.
  return std::strtod(text.c_str(), nullptr);
}

std::size_t decimal::places() const {
  return exponent_ < 0 ? static_cast<std::size_t>(-exponent_) : 0;
}

std::size_t decimal::whole_digits() const {
  if (exponent_ >= 0)
    return digits();
  return digits_.size() > places() ? digits_.size() - places() : 0;
}

std::size_t decimal::digits() const {
  if (exponent_ >= 0)
    return digits_.size() + static_cast<std::size_t>(exponent_);
  return std::max(digits_.size(), places());
}

decimal decimal::with_places(std::size_t places) const {
  decimal result = *this;
  const auto exponent = -static_cast<std::int64_t>(places);
  if (exponent_ > exponent && !is_zero())
    result.digits_.append(static_cast<std::size_t>(exponent_ - exponent), '0');
  result.exponent_ = exponent;
  return result;
}

std::strong_ordering operator<=>(const decimal& a, const decimal& b) {
  const auto sign_of = [](const decimal& x) {
    return x.is_zero() ? 0 : x.negative_ ? -1 : 1;
  };
  if (const int sign = sign_of(a); sign != sign_of(b) || sign == 0)
    return sign <=> sign_of(b);
  // The power of ten of the first digit decides, then the digits do.
  const auto magnitude = [](const decimal& x) {
    return static_cast<std::int64_t>(x.digits_.size()) + x.exponent_;
  };
  const auto significant = [](const decimal& x) {
    const std::string_view digits = x.digits_;
    return digits.substr(0, digits.find_last_not_of('0') + 1);
  };
  // Of two negative numbers, the greater one has the lesser digits.
  const auto& low = a.negative_ ? b : a;
  const auto& high = a.negative_ ? a : b;
  const auto order = magnitude(low) <=> magnitude(high);
  return std::is_eq(order) ? significant(low) <=> significant(high) : order;
}

} // namespace stagedoor
