#include "stagedoor/actors/sockets/tcp_acceptor.hpp"

#include "stagedoor/actors/sockets/websocket_transport.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class asio_acceptor final : public tcp_acceptor {
public:
  asio_acceptor(std::vector<io_unit*> units, const limits& bounds)
      : units_(std::move(units)), bounds_(bounds),
        socket_(units_.front()->io()) {}

  error_code open(const tcp::endpoint& endpoint) {
    error_code error;
    if (socket_.open(endpoint.protocol(), error))
      return error;
    if (socket_.set_option(asio::socket_base::reuse_address{true}, error))
      return error;
    if (socket_.bind(endpoint, error))
      return error;
    socket_.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  [[nodiscard]] std::uint16_t port() const override {
    return socket_.local_endpoint().port();
  }

  void accept(std::size_t unit_index, sink accepted,
              failure_sink failed) override {
    auto& home = *units_[unit_index];
    socket_.async_accept(
        home.io(),
        [this, &home, accepted = std::move(accepted),
         failed = std::move(failed)](error_code error, tcp_socket socket) {
          if (error == asio::error::operation_aborted)
            return; // `close`: whoever listens has gone.
          if (error)
            failed(accept_failed{error.message()});
          else
            accepted(socket_accepted{
                make_websocket_transport(home, std::move(socket), bounds_),
                home.index()});
        });
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

private:
  std::vector<io_unit*> units_;
  const limits& bounds_;
  asio::basic_socket_acceptor<tcp, asio::io_context::executor_type> socket_;
};

} // namespace

caf::expected<std::shared_ptr<tcp_acceptor>>
tcp_acceptor::listen(std::vector<io_unit*> units, const std::string& address,
                     std::uint16_t port, const limits& bounds) {
  auto place = address + ':' + std::to_string(port);
  error_code error;
  auto ip = asio::ip::make_address(address, error);
  if (error)
    return make_error(errc::cannot_listen,
                      "bind: \"" + address + "\" is not an IP address");
  auto result = std::make_shared<asio_acceptor>(std::move(units), bounds);
  if (auto problem = result->open({ip, port}))
    return make_error(errc::cannot_listen, "port: cannot listen on " + place
                                               + ": " + problem.message());
  return std::shared_ptr<tcp_acceptor>{std::move(result)};
}

} // namespace stagedoor
