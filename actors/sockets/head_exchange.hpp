#pragma once

#include "stagedoor/actors/sockets/tcp_socket.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"
#include "stagedoor/protocol/websocket/head_parser.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// The first part of a socket's life, in HTTP: reads the head of the opening
/// request and writes the answer to it, which is the 101 or any other.
/// Thread rule: the unit's thread. The socket, and until a callback has run the
/// exchange too, must outlive what is under way.
class head_exchange {
public:
  using error_code = boost::system::error_code;

  /// What comes of reading: the request, why there is none, or the error of
  /// the socket.
  using head = std::variant<opening_request, refusal, error_code>;

  /// @param head_bytes_max what a whole head may have.
  head_exchange(tcp_socket& socket, std::size_t head_bytes_max)
      : socket_(socket), parser_(head_bytes_max) {}

  /// Reads the head.
  void read(std::function<void(head)> done);

  /// All values of a header that was read, as if they stood on one line.
  [[nodiscard]] std::string header(std::string_view name) const {
    return parser_.header(name);
  }

  /// The bytes that came behind the head.
  [[nodiscard]] std::string rest() const { return parser_.rest(); }

  /// Writes the 101.
  /// @param subprotocol the one that was picked, empty for none.
  /// @param extensions those that were agreed on, empty for none.
  /// @param done may destroy the exchange.
  void accept(std::string_view subprotocol, std::string_view extensions,
              std::function<void(error_code)> done);

  /// Writes another answer, which needs no head that was read. The answer to a
  /// HEAD has the length of the body but not the body.
  /// @param done may destroy the exchange.
  void answer(const http_answer& answer, std::function<void(error_code)> done);

private:
  void write(std::string text, std::function<void(error_code)> done);

  tcp_socket& socket_;
  head_parser parser_;
};

} // namespace stagedoor
