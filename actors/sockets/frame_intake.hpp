#pragma once

#include "stagedoor/actors/sockets/tcp_socket.hpp"
#include "stagedoor/protocol/websocket/frames.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace stagedoor {

/// The way of all frames from the client of one socket: reads bytes, takes
/// frames out of them where they were read, and keeps what cannot be used yet.
/// While it waits it has no buffer but the one for the first bytes of what
/// comes next.
/// Limits: `message_bytes_max`.
/// Thread rule: the unit's thread. The socket outlives what is under way.
class frame_intake {
public:
  using error_code = boost::system::error_code;

  frame_intake(tcp_socket& socket, const frame_reader& reader)
      : socket_(socket), reader_(reader) {}

  /// Begins with bytes that came behind the head.
  void begin(std::string unread, const frame_reader& reader) {
    unread_ = std::move(unread);
    reader_ = reader;
  }

  /// Waits for bytes. At most one read at a time.
  /// @param done gets an error or a number of bytes for `received`.
  template <class Done>
  void read(Done done) {
    is_reading_ = true;
    socket_.async_read_some(
        boost::asio::buffer(first_bytes_),
        [this, done = std::move(done)](error_code error, std::size_t count) {
          is_reading_ = false;
          done(error, count);
        });
  }

  [[nodiscard]] bool is_reading() const { return is_reading_; }

  /// The bytes of a read, and of what has come behind them.
  /// @param buffer the bytes stand there if they are many.
  [[nodiscard]] std::span<char> received(std::size_t count,
                                         std::span<char> buffer) {
    if (count < first_bytes_.size())
      return std::span{first_bytes_}.first(count);
    return read_rest(buffer);
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

  std::span<char> read_rest(std::span<char> buffer);

  tcp_socket& socket_;
  frame_reader reader_;
  /// Where a read that waits for the client puts what comes; most messages fit.
  std::array<char, 512> first_bytes_;
  /// What has come and could not be used yet.
  std::string unread_;
  bool is_reading_ = false;
  bool is_delivering_ = false;
};

} // namespace stagedoor
