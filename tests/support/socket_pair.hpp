#pragma once

#include "stagedoor/actors/sockets/tcp_socket.hpp"
#include "stagedoor/actors/units/io_unit.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor::test {

/// The two ends of a TCP connection on 127.0.0.1. The server's end belongs to a
/// unit without a thread; the test runs its callbacks one by one.
struct socket_pair {
  using tcp = boost::asio::ip::tcp;

  socket_pair() {
    boost::asio::io_context context;
    tcp::acceptor acceptor{context,
                           {boost::asio::ip::address_v4::loopback(), 0}};
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
    server.non_blocking(true);
  }

  /// Runs the next callback of the server's end.
  void run_one() {
    home.io().restart();
    BOOST_REQUIRE(home.io().run_one_for(std::chrono::seconds{10}) == 1u);
  }

  /// The client sends bytes.
  void send(std::string_view bytes) {
    boost::asio::write(client, boost::asio::buffer(bytes));
  }

  /// What has come to the client; waits for something, unless the server's end
  /// is closed.
  std::string receive() {
    std::array<char, 4096> buffer;
    boost::system::error_code ignored;
    auto count = client.read_some(boost::asio::buffer(buffer), ignored);
    return {buffer.data(), count};
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  io_unit home{system, 0, 1, io_unit::clock::duration{0}};
  tcp_socket server{home.io()};
  boost::asio::io_context client_context;
  tcp::socket client{client_context};
};

} // namespace stagedoor::test
