#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "load/target.hpp"

namespace stagedoor::load {

/// The opening request of all connections.
std::string upgrade_request(const target& to);

/// How far the answer to an opening request is.
struct upgrade_answer {
  enum class state { incomplete, accepted, refused };
  state what;
  /// The bytes of its head, if it was accepted.
  std::size_t size = 0;
  /// Why not, if it was refused.
  std::string problem;
};

/// Reads the answer: a 101 with the right `Sec-WebSocket-Accept`, or not.
upgrade_answer read_upgrade_answer(std::string_view bytes);

} // namespace stagedoor::load
