#include "stagedoor/actors/sockets/tcp_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <netdb.h>

#include <array>
#include <utility>

namespace stagedoor {

tcp_socket::tcp_socket(descriptor connected)
    : descriptor_(std::move(connected)) {
  const int on = 1;
  setsockopt(handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

std::string tcp_socket::peer() const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (getpeername(handle(), generic, &size) != 0)
    return {};
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(generic, size, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV)
      != 0)
    return {};
  const std::string text = host.data();
  return (address.ss_family == AF_INET6 ? '[' + text + ']' : text) + ':'
         + port.data();
}

void tcp_socket::shutdown_send() {
  shutdown(handle(), SHUT_WR);
}

} // namespace stagedoor
