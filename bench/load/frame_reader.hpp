#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor::load {

/// What a server has sent.
struct frame_event {
  enum class kind {
    message, ///< A whole text or binary message.
    ping,
    pong,
    close,
    broken ///< Not the protocol; the payload says why, nothing comes after it.
  };
  kind what;
  std::string_view payload;
};

/// Reads the frames of a server where they lie. Memory is taken for messages of
/// several frames only.
class frame_reader {
public:
  /// Takes the next event off the front of `bytes`; its payload is valid until
  /// the next call.
  /// @returns nullopt if no whole frame is there: call again with more behind
  /// the bytes that are left.
  std::optional<frame_event> next(std::string_view& bytes);

private:
  std::optional<frame_event> take_control(unsigned kind, bool final,
                                          std::string_view payload);
  std::optional<frame_event> take_data(unsigned kind, bool final,
                                       std::string_view payload);

  /// The message so far, if it has several frames.
  std::string fragments_;
  /// Whether a message has begun and not ended.
  bool open_ = false;
};

/// The code and the reason of a close frame: `1008 (too many messages)`.
std::string close_text(std::string_view payload);

} // namespace stagedoor::load
