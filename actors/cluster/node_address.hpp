#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// Where a node listens: the two parts of `host:port`, of `[host]:port` for an
/// IPv6 address.
struct node_address {
  /// Without brackets.
  std::string host;
  std::uint16_t port = 0;

  /// @returns nothing if a part is missing or the port is no number from 0 to
  ///          65535.
  static std::optional<node_address> parse(std::string_view text);

  [[nodiscard]] std::string text() const;

  friend bool operator==(const node_address&, const node_address&) = default;
};

} // namespace stagedoor
