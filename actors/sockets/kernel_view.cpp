#include "stagedoor/actors/sockets/kernel_view.hpp"

// Not <netinet/tcp.h>: its tcp_info ends before tcpi_bytes_acked.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace stagedoor {

kernel_view_of_socket kernel_view(int socket) noexcept {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return {};
  return {std::chrono::milliseconds{info.tcpi_last_data_recv},
          info.tcpi_bytes_acked};
}

} // namespace stagedoor
