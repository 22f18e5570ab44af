#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "descriptor_limit.hpp"
#include "servers/server_options.hpp"

namespace stagedoor::bench {

/// One client of a server without actors: reads a message, writes the answer,
/// and again. Beast's own asynchronous example, without what a single thread
/// does not need: no strand, no timer per operation.
/// @tparam Answer makes an answer of a message; it may put it into the string
/// that it gets, or return the message.
template <class Answer>
class beast_session
    : public std::enable_shared_from_this<beast_session<Answer>> {
public:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

  explicit beast_session(tcp::socket socket) : websocket_(std::move(socket)) {
    error_code ignored; // The client may be gone already.
    websocket_.next_layer().set_option(tcp::no_delay(true), ignored);
    websocket_.text(true);
  }

  void run() {
    websocket_.async_accept(
        [self = this->shared_from_this()](error_code error) {
          if (!error)
            self->read();
        });
  }

private:
  void read() {
    websocket_.async_read(message_, [self = this->shared_from_this()](
                                        error_code error, std::size_t) {
      if (!error)
        self->write();
    });
  }

  void write() {
    auto bytes = message_.cdata();
    std::string_view answer = Answer{}(
        std::string_view{static_cast<const char*>(bytes.data()), bytes.size()},
        answer_);
    websocket_.async_write(
        boost::asio::buffer(answer),
        [self = this->shared_from_this()](error_code error, std::size_t) {
          self->message_.clear();
          if (!error)
            self->read();
        });
  }

  boost::beast::websocket::stream<tcp::socket> websocket_;
  boost::beast::flat_buffer message_;
  std::string answer_;
};

/// The whole of such a server: one thread, until SIGTERM or SIGINT.
template <class Answer>
class beast_server {
public:
  explicit beast_server(std::uint16_t port)
      : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), port}),
        signals_(context_, SIGTERM, SIGINT) {}

  void run() {
    signals_.async_wait([this](error_code, int) { context_.stop(); });
    accept();
    std::cout << "listening on " << acceptor_.local_endpoint() << std::endl;
    context_.run();
  }

private:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!error)
        std::make_shared<beast_session<Answer>>(std::move(socket))->run();
      accept();
    });
  }

  boost::asio::io_context context_{1};
  tcp::acceptor acceptor_;
  boost::asio::signal_set signals_;
};

/// The `main` of such a server.
template <class Answer>
void run_beast_server(int argc, char** argv) {
  auto port = port_option(argc, argv);
  raise_descriptor_limit();
  beast_server<Answer>{port}.run();
}

} // namespace stagedoor::bench
