#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor::load {

/// What all connections send: one frame, for ever. It is kept repeated, so that
/// one write can take many of it.
class frame_stream {
public:
  explicit frame_stream(const std::string& frame) : frame_size_(frame.size()) {
    constexpr std::size_t write_bytes = 65'536;
    auto count = std::max<std::size_t>(1, write_bytes / frame.size());
    while (count-- > 0)
      bytes_ += frame;
  }

  [[nodiscard]] std::size_t frame_size() const { return frame_size_; }

  /// The next bytes to write.
  /// @param offset how much of a frame is written already.
  /// @param unsent how much is to be written at most.
  [[nodiscard]] std::string_view from(std::size_t offset,
                                      std::size_t unsent) const {
    return {bytes_.data() + offset, std::min(unsent, bytes_.size() - offset)};
  }

private:
  std::size_t frame_size_;
  std::string bytes_;
};

} // namespace stagedoor::load
