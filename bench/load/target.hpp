#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor::load {

/// A server: where it listens, and what is asked of it.
struct target {
  std::string url;
  sockaddr_in address{};
  /// The `Host` field.
  std::string host;
  /// The path with its query.
  std::string path;
};

/// Takes a URL apart and looks its host up: `ws://127.0.0.1:8080/ws/`.
/// Limits: IPv4, no TLS.
/// @returns the target, or what is wrong.
std::variant<target, std::string> parse_target(std::string_view url);

/// The address that connection number `index` comes from: one of the first
/// `sources` of 127.0.0.0/8, as one has not enough ports. Any address where the
/// server is not on loopback.
in_addr source_of(const target& to, std::size_t index, std::size_t sources);

} // namespace stagedoor::load
