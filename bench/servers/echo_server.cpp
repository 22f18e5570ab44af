#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <iostream>
#include <memory>
#include <utility>

#include "descriptor_limit.hpp"
#include "servers/server_options.hpp"

// The yardstick: what one thread of Beast does with a message when there is
// nothing to do but to send it back. Beast's own asynchronous example, without
// what a single thread does not need: no strand, no timer per operation.

namespace {

namespace beast = boost::beast;
namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

/// One client: reads a message, writes it back, and again.
class session : public std::enable_shared_from_this<session> {
public:
  explicit session(tcp::socket socket) : websocket_(std::move(socket)) {
    error_code ignored; // The client may be gone already.
    websocket_.next_layer().set_option(tcp::no_delay(true), ignored);
    websocket_.text(true);
  }

  void run() {
    websocket_.async_accept([self = shared_from_this()](error_code error) {
      if (!error)
        self->read();
    });
  }

private:
  void read() {
    websocket_.async_read(
        buffer_, [self = shared_from_this()](error_code error, std::size_t) {
          if (!error)
            self->write();
        });
  }

  void write() {
    websocket_.async_write(buffer_.data(), [self = shared_from_this()](
                                               error_code error, std::size_t) {
      self->buffer_.clear();
      if (!error)
        self->read();
    });
  }

  beast::websocket::stream<tcp::socket> websocket_;
  beast::flat_buffer buffer_;
};

void accept_next(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp::socket socket) {
    if (error == net::error::operation_aborted)
      return;
    if (!error)
      std::make_shared<session>(std::move(socket))->run();
    accept_next(acceptor);
  });
}

} // namespace

int main(int argc, char** argv) {
  auto port = stagedoor::bench::port_option(argc, argv);
  stagedoor::bench::raise_descriptor_limit();
  net::io_context context{1};
  tcp::acceptor acceptor{context,
                         tcp::endpoint{net::ip::address_v4::loopback(), port}};
  net::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([&context](error_code, int) { context.stop(); });
  accept_next(acceptor);
  std::cout << "listening on " << acceptor.local_endpoint() << std::endl;
  context.run();
}
