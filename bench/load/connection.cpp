#include "load/connection.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stagedoor::load {

namespace {

/// The socket API takes addresses of all families by this type.
const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void turn_on(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

bool connection::connect(const sockaddr_in& to, in_addr source, int epoll) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0)
    return false;
  began = std::chrono::steady_clock::now();
  epoll_ = epoll;
  at = stage::connecting;
  turn_on(socket_, IPPROTO_TCP, TCP_NODELAY);
  if (source.s_addr != 0) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr = source;
    // The kernel picks the port by both ends, at the connect.
    turn_on(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    if (bind(socket_, generic(from), sizeof from) != 0)
      return false;
  }
  if (::connect(socket_, generic(to), sizeof to) != 0 && errno != EINPROGRESS)
    return false;
  epoll_event event{};
  event.events = watched_ = EPOLLIN;
  event.data.ptr = this;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event) == 0;
}

std::string connection::upgrade(std::string_view request) {
  auto sent = send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent < 0 && would_block()) {
    watch(EPOLLOUT);
    return {};
  }
  // The buffer of a new socket takes it whole.
  if (sent != static_cast<ssize_t>(request.size()))
    return sent < 0 ? std::strerror(errno) : "the socket took half a request";
  at = stage::upgrading;
  watch(EPOLLIN);
  return {};
}

void connection::close() {
  if (socket_ < 0)
    return;
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
  at = stage::closed;
  waits_ = false;
  reader = {};
  due_.clear();
  unsent_ = offset_ = 0;
  control_.clear();
  kept_.clear();
}

connection::flow connection::flush(const frame_stream& frames) {
  while (true) {
    auto interjects = offset_ == 0 && !control_.empty();
    std::string_view next = control_;
    if (!interjects)
      next = frames.from(offset_, unsent_);
    if (next.empty())
      return flow::done;
    auto sent = send(socket_, next.data(), next.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR)
        continue;
      return would_block() ? flow::blocked : flow::failed;
    }
    auto count = static_cast<std::size_t>(sent);
    if (interjects) {
      control_.erase(0, count);
    } else {
      unsent_ -= count;
      offset_ = (offset_ + count) % frames.frame_size();
    }
  }
}

std::optional<std::string_view> connection::receive(std::vector<char>& buffer) {
  if (kept_.size() == buffer.size())
    buffer.resize(2 * buffer.size());
  std::memcpy(buffer.data(), kept_.data(), kept_.size());
  auto received = recv(socket_, buffer.data() + kept_.size(),
                       buffer.size() - kept_.size(), 0);
  if (received < 0 && (would_block() || errno == EINTR))
    return std::string_view{};
  if (received <= 0) {
    // So that the caller can tell the two apart.
    errno = received == 0 ? 0 : errno;
    return std::nullopt;
  }
  std::string_view all{buffer.data(),
                       kept_.size() + static_cast<std::size_t>(received)};
  kept_.clear();
  return all;
}

void connection::watch(std::uint32_t events) {
  if (events == watched_)
    return;
  epoll_event event{};
  event.events = watched_ = events;
  event.data.ptr = this;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
}

} // namespace stagedoor::load
