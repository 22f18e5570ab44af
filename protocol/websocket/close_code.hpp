#pragma once

#include <cstdint>

namespace stagedoor {

/// The close codes of protocol/README.md, "Close codes".
enum class close_code : std::uint16_t {
  /// The socket ended without a close frame. This code is never on the wire.
  none = 0,
  normal = 1000,
  /// A close frame without a code. This code is never on the wire.
  no_status = 1005,
  protocol_error = 1002,
  invalid_utf8 = 1007,
  policy = 1008,
  message_too_big = 1009,
  server_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  credentials_expired = 4401,
  forbidden = 4403,
  idle = 4408,
};

} // namespace stagedoor
