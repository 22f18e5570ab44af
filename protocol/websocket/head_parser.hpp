#pragma once

#include "stagedoor/protocol/websocket/handshake.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// Reads the head of an opening request with Beast's parser. Beast counts the
/// fields alone and not the request line, so the bytes are counted here.
class head_parser {
public:
  /// More bytes are needed.
  struct need_more {};

  using progress = std::variant<need_more, opening_request, refusal>;

  /// @param bytes_max what a whole head may have.
  explicit head_parser(std::size_t bytes_max);

  /// Where the next bytes go: never more than a head of the limit still needs.
  boost::asio::mutable_buffer prepare();

  /// Takes `bytes` that have been put there.
  progress commit(std::size_t bytes);

  /// The bytes that came behind the head.
  [[nodiscard]] std::string rest() const;

  /// Whether the method is HEAD. This is known as soon as the first bytes have
  /// come, also if the head is refused later.
  [[nodiscard]] bool is_head() const { return is_head_; }

  /// All values of a header, as if they stood on one line.
  [[nodiscard]] std::string header(std::string_view name) const;

private:
  /// Looks at the first bytes: skips an empty line, and finds the method HEAD.
  /// @returns whether Beast's parser may have what is there.
  bool begin();
  [[nodiscard]] opening_request request() const;

  std::size_t bytes_max_;
  std::size_t bytes_read_ = 0;
  bool empty_line_over_ = false;
  bool method_seen_ = false;
  bool is_head_ = false;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
};

} // namespace stagedoor
