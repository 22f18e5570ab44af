#pragma once

#include "stagedoor/protocol/websocket/close_code.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// What client and server agree on for permessage-deflate: RFC 7692.
struct deflate_agreement {
  /// Whether each message is compressed on its own.
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  /// The logarithm of the server's window, if the client asked for one.
  std::optional<int> server_max_window_bits = std::nullopt;

  /// The value of `Sec-WebSocket-Extensions` in the answer.
  [[nodiscard]] std::string text() const;
};

/// Takes the first offer of permessage-deflate that can be met.
/// @param offers the value of the client's `Sec-WebSocket-Extensions`.
std::optional<deflate_agreement> agree_on_deflate(std::string_view offers);

/// Compresses the messages of one connection, with Beast's zlib.
class message_deflate {
public:
  explicit message_deflate(const deflate_agreement& agreement);
  ~message_deflate();

  [[nodiscard]] std::string compress(std::string_view text);

  /// @param bytes_max what a message may have when it is whole again.
  /// @returns close_code::none and the message in `text`; or
  ///          close_code::message_too_big, or close_code::invalid_utf8 for what
  ///          was never compressed.
  close_code expand(std::string_view compressed, std::size_t bytes_max,
                    std::string& text);

private:
  struct streams;

  deflate_agreement agreement_;
  std::unique_ptr<streams> streams_;
};

} // namespace stagedoor
