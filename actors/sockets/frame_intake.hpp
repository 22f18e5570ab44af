#pragma once

#include "stagedoor/protocol/websocket/frames.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace stagedoor {

/// The way of all frames from the client of one socket: takes frames out of
/// bytes where they were read, and keeps what cannot be used yet. While it
/// waits for a frame it has no buffer.
/// Limits: `message_bytes_max`.
/// Thread rule: the unit's thread.
class frame_intake {
public:
  explicit frame_intake(const frame_reader& reader) : reader_(reader) {}

  /// Begins with bytes that came behind the head.
  void begin(std::string unread, const frame_reader& reader) {
    unread_ = std::move(unread);
    reader_ = reader;
  }

  /// Takes frames out of `bytes` and of what was kept before. What is left is
  /// kept.
  /// @param wants_frame whether the next frame is wanted.
  /// @param use gets each frame, an alternative of `frame_reader::result`.
  /// @returns whether a frame is wanted and more bytes are needed for it.
  template <class Wants, class Use>
  bool take(std::span<char> bytes, Wants wants_frame, Use use) {
    std::string kept;
    if (!unread_.empty()) {
      unread_.append(bytes.data(), bytes.size());
      kept = std::exchange(unread_, {});
      bytes = kept;
    }
    auto needs_more = false;
    is_delivering_ = true;
    while (!needs_more && wants_frame()) {
      auto next = reader_.next(bytes);
      needs_more = std::holds_alternative<frame_reader::need_more>(next);
      if (!needs_more)
        std::visit(use, next);
    }
    is_delivering_ = false;
    keep(bytes, std::move(kept));
    return needs_more;
  }

  /// Whether `take` is running, which goes on by itself.
  [[nodiscard]] bool is_delivering() const { return is_delivering_; }

  /// Whether bytes have come that could not be used yet.
  [[nodiscard]] bool has_unread() const { return !unread_.empty(); }

  /// Drops them.
  void drop_unread() { unread_ = {}; }

private:
  /// Keeps what is left of the bytes.
  /// @param owner what they stand in, if it is ours.
  void keep(std::span<char> left, std::string owner) {
    if (left.empty())
      return;
    if (owner.empty()) {
      unread_.assign(left.data(), left.size());
      return;
    }
    owner.erase(0, owner.size() - left.size());
    unread_ = std::move(owner);
  }

  frame_reader reader_;
  /// What has come and could not be used yet.
  std::string unread_;
  bool is_delivering_ = false;
};

} // namespace stagedoor
