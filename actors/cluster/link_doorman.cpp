#include "stagedoor/actors/cluster/link_doorman.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/link_scribe.hpp"
#include "stagedoor/actors/cluster/open_handshakes.hpp"
#include "stagedoor/actors/cluster/tls_scribe.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/detail/socket_guard.hpp"
#include "caf/io/network/acceptor_impl.hpp"
#include "caf/make_counted.hpp"

#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

using network::native_socket;

/// Accepts connections. When there is no file descriptor for one, it gives up a
/// spare one to close that connection: a socket where a connection waits is
/// looked at for as long as it waits.
class accept_policy {
public:
  explicit accept_policy(open_handshakes_ptr handshakes)
      : handshakes_(std::move(handshakes)) {
    take_spare();
  }

  ~accept_policy() { give_spare(); }

  accept_policy(const accept_policy&) = delete;
  accept_policy& operator=(const accept_policy&) = delete;

  bool try_accept(native_socket& result, native_socket from) {
    result = accept(from);
    if (result != network::invalid_native_socket)
      return true;
    if (lacks_something())
      turn_away(from);
    return false;
  }

private:
  static native_socket accept(native_socket from) {
    return accept4(from, nullptr, nullptr, SOCK_CLOEXEC);
  }

  /// Whether the last call failed, and would fail again at once.
  static bool lacks_something() {
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS
           || errno == ENOMEM;
  }

  void turn_away(native_socket from) {
    handshakes_->warn_no_descriptors();
    give_spare();
    const auto refused = accept(from);
    if (refused != network::invalid_native_socket)
      close(refused);
    // Another thread was quicker.
    const auto is_stuck =
        refused == network::invalid_native_socket && lacks_something();
    take_spare();
    if (is_stuck)
      std::this_thread::sleep_for(cluster_limits::accept_pause);
  }

  void take_spare() { spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

  void give_spare() {
    if (spare_ >= 0)
      close(std::exchange(spare_, -1));
  }

  const open_handshakes_ptr handshakes_;
  int spare_ = -1;
};

class link_doorman final : public caf::io::doorman {
public:
  link_doorman(network::default_multiplexer& loop, native_socket socket,
               std::optional<cluster_tls> tls,
               std::shared_ptr<spdlog::logger> log)
      : doorman(network::accept_hdl_from_socket(socket)), tls_(std::move(tls)),
        handshakes_(std::make_shared<open_handshakes>(std::move(log))),
        acceptor_(loop, socket, handshakes_) {}

  bool new_connection() override {
    caf::detail::socket_guard socket{acceptor_.accepted_socket()};
    // The broker may have let go of this one while its event was under way.
    if (detached())
      return false;
    for (auto* late : handshakes_->late())
      late->drop();
    if (handshakes_->is_full()) {
      handshakes_->warn_full();
      return false;
    }
    auto made = make_scribe(socket.release());
    if (!made) {
      handshakes_->warn_failed(text_of(made.error()));
      return false;
    }
    const auto handle = (*made)->hdl();
    parent()->add_scribe(std::move(*made));
    return doorman::new_connection(&acceptor_.backend(), handle);
  }

  void graceful_shutdown() override {
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
  }

  void launch() override { acceptor_.start(this); }

  [[nodiscard]] std::string addr() const override {
    auto found = network::local_addr_of_fd(acceptor_.fd());
    return found ? *found : std::string{};
  }
  [[nodiscard]] std::uint16_t port() const override {
    const auto found = network::local_port_of_fd(acceptor_.fd());
    return found ? *found : std::uint16_t{0};
  }

  void add_to_loop() override { acceptor_.activate(this); }
  void remove_from_loop() override { acceptor_.passivate(); }

private:
  caf::expected<caf::io::scribe_ptr> make_scribe(native_socket socket) {
    auto& loop = acceptor_.backend();
    const link_side side{handshakes_, nullptr};
    if (tls_)
      return make_tls_scribe(loop, socket, side, *tls_);
    return make_plain_scribe(loop, socket, side);
  }

  const std::optional<cluster_tls> tls_;
  const open_handshakes_ptr handshakes_;
  network::acceptor_impl<accept_policy> acceptor_;
};

} // namespace

caf::io::doorman_ptr make_link_doorman(network::default_multiplexer& loop,
                                       native_socket socket,
                                       std::optional<cluster_tls> tls,
                                       std::shared_ptr<spdlog::logger> log) {
  return caf::io::doorman_ptr{caf::make_counted<link_doorman>(
      loop, socket, std::move(tls), std::move(log))};
}

} // namespace stagedoor
