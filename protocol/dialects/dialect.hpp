#pragma once

#include <cstdint>

namespace stagedoor {

/// The form of the messages between an endpoint and its clients.
enum class dialect : std::uint8_t {
  /// That of protocol/README.md.
  stagedoor,
  /// That of djangochannelsrestframework, for clients which are written for it;
  /// see protocol/dialects/README.md.
  dcrf,
};

} // namespace stagedoor
