#pragma once

#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/frames.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor {

/// What waits to be written to one socket, as one run of bytes, so that all of
/// it leaves in one system call. What counts are the messages that have not
/// been written whole, with their payload; control frames do not.
/// Limits: `outbound_bytes_max`, `outbound_messages_max`.
class outbound_queue {
public:
  [[nodiscard]] bool empty() const { return written_ == bytes_.size(); }

  /// Whether one of the limits is reached. Tested before something is added, so
  /// that one large message still goes out.
  [[nodiscard]] bool is_full(const limits& bounds) const {
    return payload_bytes_ >= bounds.outbound_bytes_max
           || messages_ >= bounds.outbound_messages_max;
  }

  /// Where frames are appended: `append_frame`, `append_close`.
  [[nodiscard]] std::string& bytes() { return bytes_; }

  /// Counts a message that has been appended.
  void add_message(std::size_t payload_bytes) {
    ++messages_;
    payload_bytes_ += payload_bytes;
  }

  /// What is to be written next.
  [[nodiscard]] std::string_view unwritten() const {
    return std::string_view{bytes_}.substr(written_);
  }

  /// Notes that so many bytes have been written.
  void written(std::size_t count);

  /// Gives the storage away. Nothing may wait.
  [[nodiscard]] std::string release();

private:
  std::string bytes_;
  std::size_t written_ = 0;
  /// Where the first frame begins that has not been written whole.
  std::size_t frame_at_ = 0;
  std::size_t messages_ = 0;
  std::size_t payload_bytes_ = 0;
};

} // namespace stagedoor
