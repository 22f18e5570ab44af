#include "load/expectation.hpp"

#include <algorithm>

namespace stagedoor::load {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether the last `"status"` of an envelope is `digits`. The last, as `data`
/// may have one of its own; inside a string its quotes would be escaped.
bool has_status(std::string_view reply, std::string_view digits) {
  constexpr std::string_view key = R"("status":)";
  auto at = reply.rfind(key);
  if (at == std::string_view::npos)
    return false;
  reply.remove_prefix(at + key.size());
  reply.remove_prefix(std::min(reply.find_first_not_of(' '), reply.size()));
  return reply.starts_with(digits)
         && (reply.size() == digits.size() || !is_digit(reply[digits.size()]));
}

} // namespace

bool expectation::met_by(std::string_view reply) const {
  switch (kind_) {
  case kind::any:
    return true;
  case kind::echo:
    return reply == value_;
  case kind::status:
    return has_status(reply, value_);
  }
  return false;
}

std::optional<expectation> parse_expectation(std::string_view text,
                                             const std::string& message) {
  constexpr std::size_t digits = 3;
  expectation result;
  result.text_ = text;
  if (text == "any")
    return result;
  if (text == "echo") {
    result.kind_ = expectation::kind::echo;
    result.value_ = message;
    return result;
  }
  if (text.size() != digits || !std::all_of(text.begin(), text.end(), is_digit)
      || text.front() < '1' || text.front() > '5')
    return std::nullopt;
  result.kind_ = expectation::kind::status;
  result.value_ = text;
  return result;
}

} // namespace stagedoor::load
