#pragma once

#include "stagedoor/actors/websocket_transport.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/role.hpp>

#include <utility>

namespace stagedoor {

/// The stream below Beast's WebSocket stream: the socket, preceded by the bytes
/// that came in one packet with the opening request.
class socket_layer {
public:
  using executor_type = tcp_socket::executor_type;

  explicit socket_layer(tcp_socket socket) : socket_(std::move(socket)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  tcp_socket& socket() { return socket_; }

  /// What has been read and not been used yet.
  boost::beast::flat_buffer& early_bytes() { return early_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code,
                                                   std::size_t)>(
        [this](auto handler, const Buffers& into) {
          if (early_.size() == 0) {
            socket_.async_read_some(into, std::move(handler));
            return;
          }
          auto copied = boost::asio::buffer_copy(into, early_.data());
          early_.consume(copied);
          if (early_.size() == 0)
            early_ = boost::beast::flat_buffer{};
          boost::asio::post(
              socket_.get_executor(),
              boost::beast::bind_handler(std::move(handler),
                                         boost::system::error_code{}, copied));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // Found by Beast through ADL.
  friend void beast_close_socket(socket_layer& layer) {
    boost::system::error_code ignored;
    layer.socket_.close(ignored);
  }

  //
  // A teardown says only that nothing more will be sent. Beast's own one waits
  // for the other side without a bound; the transport does so with one.
  friend void teardown(boost::beast::role_type, socket_layer& layer,
                       boost::system::error_code& error) {
    layer.socket_.shutdown(tcp_socket::shutdown_send, error);
  }

  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, socket_layer& layer,
                             Handler&& handler) {
    boost::system::error_code error;
    teardown(role, layer, error);
    boost::asio::post(
        layer.get_executor(),
        boost::beast::bind_handler(std::forward<Handler>(handler), error));
  }

private:
  tcp_socket socket_;
  boost::beast::flat_buffer early_;
};

} // namespace stagedoor
