#include "stagedoor/protocol/json/value_handler.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace stagedoor {

namespace {

/// Whether an int holds the exponent of a number, without its sign. Boost.JSON
/// 1.81 refuses the other ones, newer versions take some of them as 0: here,
/// all nodes of a cluster agree.
bool has_int_exponent(json::string_view text) {
  const auto sign = text.find_first_of("eE");
  if (sign == json::string_view::npos)
    return true;
  const auto digits = text.find_first_not_of("+-", sign + 1);
  int ignored = 0;
  return std::from_chars(text.data() + digits, text.data() + text.size(),
                         ignored)
             .ec
         == std::errc{};
}

} // namespace

// The parser's own double can be off by a few units in the last place, and
// infinite, or no number at all (findings/boost_json_writes_nan.sh). It is good
// enough for one thing: from_chars says "out of range" for what is too large
// and for what is too small alike.
bool value_handler::read_double(double estimate, json::string_view text,
                                double& exact,
                                boost::system::error_code& error) {
  if (!has_int_exponent(text)) {
    error = json::error::exponent_overflow;
    return false;
  }
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
