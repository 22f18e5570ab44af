#include "stagedoor/actors/sockets/tcp_acceptor.hpp"

#include "stagedoor/actors/sockets/websocket_transport.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace stagedoor {

namespace {

using boost::system::error_code;

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// An address and a port as the system takes them.
struct endpoint_address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);

  endpoint_address() = default;

  /// @param address a `sockaddr_in` or `sockaddr_in6`.
  template <class Address>
  explicit endpoint_address(const Address& address) : size(sizeof(address)) {
    std::memcpy(&storage, &address, sizeof(address));
  }

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] sockaddr* generic() {
    return reinterpret_cast<sockaddr*>(&storage);
  }

  template <class Address>
  [[nodiscard]] Address as() const {
    Address result;
    std::memcpy(&result, &storage, sizeof(result));
    return result;
  }
};

/// The number of a network interface, of its name or the number itself; 0 for
/// none.
std::uint32_t interface_number(const std::string& name) {
  if (const auto known = if_nametoindex(name.c_str()); known != 0)
    return known;
  std::uint32_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

/// @returns nothing if `text` is no numeric address.
std::optional<endpoint_address> parse_address(const std::string& text,
                                              std::uint16_t port) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return endpoint_address{v4};
  }
  // As in "fe80::1%eth0".
  const auto percent = text.find('%');
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &v6.sin6_addr) != 1)
    return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (percent != std::string::npos)
    v6.sin6_scope_id = interface_number(text.substr(percent + 1));
  return endpoint_address{v6};
}

class loop_acceptor final : public tcp_acceptor,
                            public loop_listener,
                            public std::enable_shared_from_this<loop_acceptor> {
public:
  loop_acceptor(std::vector<io_unit*> units, const limits& bounds)
      : units_(std::move(units)), bounds_(bounds) {}

  error_code open(endpoint_address place) {
    socket_ = descriptor{
        socket(place.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int on = 1;
    if (!socket_.is_open()
        || setsockopt(socket_.number(), SOL_SOCKET, SO_REUSEADDR, &on,
                      sizeof(on))
               != 0
        || ::bind(socket_.number(), place.generic(), place.size) != 0
        || ::listen(socket_.number(), SOMAXCONN) != 0)
      return last_error();
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override {
    endpoint_address place;
    if (getsockname(socket_.number(), place.generic(), &place.size) != 0)
      return 0;
    return ntohs(place.family() == AF_INET6 ? place.as<sockaddr_in6>().sin6_port
                                            : place.as<sockaddr_in>().sin_port);
  }

  void accept(std::size_t unit_index, sink accepted,
              failure_sink failed) override {
    if (!socket_.is_open())
      return; // `close`: whoever listens has gone.
    unit_index_ = unit_index;
    accepted_ = std::move(accepted);
    failed_ = std::move(failed);
    if (!std::exchange(is_watched_, true))
      loop().watch(shared_from_this(), socket_.number());
    loop().accept(*this);
  }

  void close() override {
    loop().forget(*this);
    socket_.close();
  }

  void accepted(descriptor client, error_code error) override {
    auto& home = *units_[unit_index_];
    // Either may ask for the next one.
    const auto succeeded = std::exchange(accepted_, nullptr);
    const auto failed = std::exchange(failed_, nullptr);
    if (error)
      failed(accept_failed{error.message()});
    else
      succeeded(
          socket_accepted{make_websocket_transport(
                              home, tcp_socket{std::move(client)}, bounds_),
                          home.index()});
  }

private:
  /// The first unit waits for newcomers.
  [[nodiscard]] socket_loop& loop() { return units_.front()->loop(); }

  std::vector<io_unit*> units_;
  const limits& bounds_;
  descriptor socket_;
  bool is_watched_ = false;
  /// What the next client is accepted for.
  std::size_t unit_index_ = 0;
  sink accepted_;
  failure_sink failed_;
};

} // namespace

caf::expected<std::shared_ptr<tcp_acceptor>>
tcp_acceptor::listen(std::vector<io_unit*> units, const std::string& address,
                     std::uint16_t port, const limits& bounds) {
  auto place = address + ':' + std::to_string(port);
  const auto parsed = parse_address(address, port);
  if (!parsed)
    return make_error(errc::cannot_listen,
                      "bind: \"" + address + "\" is not an IP address");
  auto result = std::make_shared<loop_acceptor>(std::move(units), bounds);
  if (auto problem = result->open(*parsed))
    return make_error(errc::cannot_listen, "port: cannot listen on " + place
                                               + ": " + problem.message());
  return std::shared_ptr<tcp_acceptor>{std::move(result)};
}

} // namespace stagedoor
