#pragma once

#include "stagedoor/actors/units/descriptor.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor::test {

/// A socket that listens on 127.0.0.1.
struct listening_socket {
  listening_socket() {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&place);
    BOOST_REQUIRE(bind(handle.number(), generic, sizeof(place)) == 0);
    BOOST_REQUIRE(listen(handle.number(), SOMAXCONN) == 0);
    socklen_t size = sizeof(address);
    BOOST_REQUIRE(getsockname(handle.number(),
                              reinterpret_cast<sockaddr*>(&address), &size)
                  == 0);
  }

  /// A client that has connected.
  [[nodiscard]] descriptor connect() const {
    descriptor result{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    BOOST_REQUIRE(::connect(result.number(),
                            reinterpret_cast<const sockaddr*>(&address),
                            sizeof(address))
                  == 0);
    return result;
  }

  descriptor handle{
      socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in address{};
};

/// The two ends of a TCP connection on 127.0.0.1.
struct tcp_pair {
  tcp_pair() {
    const listening_socket listening;
    client = listening.connect();
    server = descriptor{
        accept4(listening.handle.number(), nullptr, nullptr, SOCK_CLOEXEC)};
    BOOST_REQUIRE(server.is_open());
  }

  /// The client sends bytes.
  void send(std::string_view bytes) const {
    BOOST_REQUIRE(::send(client.number(), bytes.data(), bytes.size(), 0)
                  == static_cast<ssize_t>(bytes.size()));
  }

  /// What has come to the client; waits for something, unless the server's end
  /// is closed.
  [[nodiscard]] std::string receive() const {
    std::array<char, 65'536> buffer;
    const auto count = recv(client.number(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), count < 0 ? 0 : static_cast<std::size_t>(count)};
  }

  /// The client sends nothing more.
  void end() const { shutdown(client.number(), SHUT_WR); }

  /// The client resets the connection.
  void reset() {
    const linger at_once{1, 0};
    setsockopt(client.number(), SOL_SOCKET, SO_LINGER, &at_once,
               sizeof(at_once));
    client.close();
  }

  descriptor server;
  descriptor client;
};

} // namespace stagedoor::test
