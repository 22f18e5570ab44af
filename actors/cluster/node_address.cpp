#include "stagedoor/actors/cluster/node_address.hpp"

#include <charconv>

namespace stagedoor {

std::optional<node_address> node_address::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt; // Where would the port begin?
  node_address result{std::string{host}, 0};
  const auto* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, result.port);
  if (host.empty() || error != std::errc{} || rest != end)
    return std::nullopt;
  return result;
}

std::string node_address::text() const {
  const auto is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

} // namespace stagedoor
