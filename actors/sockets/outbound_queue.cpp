#include "stagedoor/actors/sockets/outbound_queue.hpp"

#include <utility>

namespace stagedoor {

void outbound_queue::written(std::size_t count) {
  written_ += count;
  if (empty()) {
    bytes_.clear();
    written_ = frame_at_ = messages_ = payload_bytes_ = 0;
    return;
  }
  while (frame_at_ < written_) {
    const auto frame = first_frame(std::string_view{bytes_}.substr(frame_at_));
    if (frame_at_ + frame.bytes > written_)
      break;
    if (!frame.is_control) {
      --messages_;
      payload_bytes_ -= frame.payload_bytes;
    }
    frame_at_ += frame.bytes;
  }
  // Seldom enough that it costs nothing in the mean.
  if (frame_at_ > bytes_.size() / 2) {
    bytes_.erase(0, frame_at_);
    written_ -= std::exchange(frame_at_, 0);
  }
}

std::string outbound_queue::release() {
  return std::exchange(bytes_, {});
}

} // namespace stagedoor
