#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/utf8.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// The kinds of WebSocket frames: RFC 6455, section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// What a control frame may carry: RFC 6455, section 5.5.
inline constexpr std::size_t control_payload_bytes_max = 125;

/// Appends one whole frame of the server.
/// @param compressed whether the payload is, see message_deflate.hpp.
void append_frame(std::string& out, opcode kind, std::string_view payload,
                  bool compressed = false);

/// Appends a close frame; of the reason as much as fits.
void append_close(std::string& out, close_code code, std::string_view reason);

/// A frame of the server's, seen again.
struct written_frame {
  /// The header included.
  std::size_t bytes;
  std::size_t payload_bytes;
  /// No message.
  bool is_control;
};

/// The frame that `frames`, made by the functions above, begins with.
written_frame first_frame(std::string_view frames);

/// Reads the frames of one client, and puts the parts of a message together.
/// It checks that text is UTF-8 as the bytes arrive, unless they are
/// compressed: a client that sends anything else hears of it at once. Why not
/// Beast's stream: it composes an operation for each message, and keeps 2 KB
/// for each connection that waits. Limits: `message_bytes_max`.
class frame_reader {
public:
  /// The last frame is not whole.
  struct need_more {};

  /// One whole message. The payload is valid until the next call.
  struct message {
    std::string_view payload;
    frame_type type;
    /// Text is UTF-8, unless it is compressed: then nothing is known of it.
    bool compressed;
  };

  struct ping {
    std::string_view payload;
  };

  struct pong {};

  /// The client closes; close_code::no_status if it gives no code.
  struct close {
    close_code code;
    /// Valid until the next call.
    std::string_view reason;
  };

  /// What the client sent breaks the protocol or a limit: nothing more can be
  /// read, the connection ends with this code.
  struct violation {
    close_code code;
    /// A literal.
    std::string_view why;

    /// A text that is not UTF-8.
    static violation not_utf8();
    /// A message that has more bytes than it may.
    static violation too_big();
  };

  using result = std::variant<need_more, message, ping, pong, close, violation>;

  /// @param compression whether a message may be compressed.
  explicit frame_reader(std::size_t message_bytes_max, bool compression = false)
      : message_bytes_max_(message_bytes_max), compression_(compression) {}

  /// Reads the next frame, or more of them until a message is whole.
  /// @param bytes what has come. What is read is taken off its front, and is
  ///        overwritten: a payload is unmasked where it stands.
  result next(std::span<char>& bytes);

private:
  struct frame_header;

  [[nodiscard]] std::string_view check(const frame_header& head) const;
  void begin_message(const frame_header& head);
  [[nodiscard]] bool is_plain_text() const {
    return type_ == frame_type::text && !is_compressed_;
  }
  bool check_early(std::string_view masked, const char* mask);
  result control(const frame_header& head, std::string_view payload) const;
  result data(const frame_header& head, std::string_view payload);

  std::size_t message_bytes_max_;
  bool compression_;
  /// Between the first and the last part of a message.
  bool in_parts_ = false;
  /// Of the message whose frame came last.
  bool is_compressed_ = false;
  frame_type type_ = frame_type::text;
  utf8_check text_;
  /// What has been checked of a frame of text that is not whole.
  std::size_t checked_bytes_ = 0;
  std::string parts_;
};

} // namespace stagedoor
