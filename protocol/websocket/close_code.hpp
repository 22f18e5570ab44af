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
  standard_service_restart = 1012,
  standard_try_again_later = 1013,
  service_restart = 4012,
  try_again_later = 4013,
  credentials_expired = 4401,
  forbidden = 4403,
  idle = 4408,
};

/// The code that the registry of WebSocket close codes has for `code`, which
/// many clients do not know; `code` itself if there is none.
constexpr close_code standard_of(close_code code) {
  switch (code) {
  case close_code::service_restart:
    return close_code::standard_service_restart;
  case close_code::try_again_later:
    return close_code::standard_try_again_later;
  default:
    return code;
  }
}

} // namespace stagedoor
