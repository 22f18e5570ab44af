#include "stagedoor/protocol/json/value_handler.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace stagedoor {

// The parser's own double can be off by a few units in the last place, and
// infinite. It is good enough for one thing: from_chars says "out of range" for
// what is too large and for what is too small alike.
bool value_handler::read_double(double estimate, json::string_view text,
                                double& exact, json::error_code& error) {
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), exact);
  if (result.ec == std::errc{})
    return true;
  if (std::abs(estimate) > 1) {
    error = json::error::exponent_overflow;
    return false;
  }
  exact = 0;
  return true;
}

} // namespace stagedoor
