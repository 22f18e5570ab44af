#pragma once

#include "stagedoor/protocol/websocket/handshake.hpp"
#include "stagedoor/protocol/websocket/head_parser.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace stagedoor {

/// The first part of a socket's life, in HTTP: takes the head of the opening
/// request, and keeps the answer to it, which is the 101 or any other, until
/// the socket has taken it.
/// Thread rule: the unit's thread.
class head_exchange {
public:
  /// What comes of bytes: more are needed, the request, or why there is none.
  using progress = head_parser::progress;

  /// @param head_bytes_max what a whole head may have.
  explicit head_exchange(std::size_t head_bytes_max)
      : parser_(head_bytes_max) {}

  /// How many bytes may come next, at most: most heads fit into them, and
  /// little is kept that came behind the head.
  [[nodiscard]] std::size_t wanted_bytes() { return parser_.prepare().size(); }

  /// Takes bytes of the head, no more than are wanted.
  progress received(std::span<const char> bytes);

  /// All values of a header that was read, as if they stood on one line.
  [[nodiscard]] std::string header(std::string_view name) const {
    return parser_.header(name);
  }

  /// The bytes that came behind the head.
  [[nodiscard]] std::string rest() const { return parser_.rest(); }

  /// Queues the 101.
  /// @param subprotocol the one that was picked, empty for none.
  /// @param extensions those that were agreed on, empty for none.
  void accept(std::string_view subprotocol, std::string_view extensions);

  /// Queues another answer, which needs no head that was read. The answer to a
  /// HEAD has the length of the body but not the body.
  void answer(const http_answer& answer);

  /// What the socket should take now.
  [[nodiscard]] std::string_view unsent() const {
    return std::string_view{answer_}.substr(sent_);
  }

  /// Notes that the socket has taken so many bytes of that.
  void sent(std::size_t count) { sent_ += count; }

  /// Whether there is an answer and the socket has taken all of it.
  [[nodiscard]] bool is_written() const {
    return !answer_.empty() && sent_ == answer_.size();
  }

private:
  head_parser parser_;
  std::string answer_;
  std::size_t sent_ = 0;
};

} // namespace stagedoor
