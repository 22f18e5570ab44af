#include "stagedoor/actors/tls_middleman.hpp"

#include "caf/detail/socket_guard.hpp"
#include "caf/io/middleman.hpp"
#include "caf/io/middleman_actor_impl.hpp"
#include "caf/io/network/default_multiplexer.hpp"
#include "caf/io/network/doorman_impl.hpp"
#include "caf/io/network/stream_impl.hpp"
#include "caf/io/scribe.hpp"
#include "caf/openssl/session.hpp"
#include "caf/sec.hpp"

#include <openssl/err.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

using caf::openssl::session_ptr;
using network::native_socket;
using network::rw_state;

/// What a stream does with its socket. Each step begins with no errors of other
/// connections, or it would fail for them.
class tls_policy {
public:
  explicit tls_policy(session_ptr session) : session_(std::move(session)) {}

  rw_state read_some(std::size_t& count, native_socket socket, void* into,
                     std::size_t most) {
    ERR_clear_error();
    return session_->read_some(count, socket, into, most);
  }

  rw_state write_some(std::size_t& count, native_socket socket,
                      const void* from, std::size_t most) {
    ERR_clear_error();
    return session_->write_some(count, socket, from, most);
  }

  bool must_read_more(native_socket socket, std::size_t wanted) {
    return session_->must_read_more(socket, wanted);
  }

private:
  session_ptr session_;
};

/// A connection.
class tls_scribe : public caf::io::scribe {
public:
  tls_scribe(network::default_multiplexer& loop, native_socket socket,
             session_ptr session)
      : scribe(network::conn_hdl_from_socket(socket)),
        stream_(loop, socket, std::move(session)) {}

  void configure_read(caf::io::receive_policy::config amount) override {
    stream_.configure_read(amount);
    if (std::exchange(is_started_, true))
      return;
    stream_.start(this);
    // The handshake may have something to write before anybody else has.
    stream_.force_empty_write(this);
  }

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  void flush() override { stream_.flush(this); }

  void graceful_shutdown() override {
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }

  [[nodiscard]] std::string addr() const override {
    auto found = network::remote_addr_of_fd(stream_.fd());
    return found ? *found : std::string{};
  }
  [[nodiscard]] std::uint16_t port() const override {
    const auto found = network::remote_port_of_fd(stream_.fd());
    return found ? *found : std::uint16_t{0};
  }

  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  network::stream_impl<tls_policy> stream_;
  bool is_started_ = false;
};

/// Takes the socket, also if it cannot be used.
/// @returns null in that case.
caf::io::scribe_ptr make_scribe(caf::actor_system& sys, native_socket socket,
                                bool is_server) {
  caf::detail::socket_guard guard{socket};
  network::nonblocking(socket, true);
  ERR_clear_error();
  auto session = caf::openssl::make_session(sys, socket, is_server);
  if (!session)
    return nullptr;
  guard.release();
  auto& loop =
      static_cast<network::default_multiplexer&>(sys.middleman().backend());
  return caf::make_counted<tls_scribe>(loop, socket, std::move(session));
}

/// A socket that listens.
class tls_doorman : public network::doorman_impl {
public:
  using doorman_impl::doorman_impl;

  bool new_connection() override {
    const auto socket = acceptor_.accepted_socket();
    // The broker may have let go of this one while its event was under way.
    if (detached()) {
      caf::detail::socket_guard{socket}.close();
      return false;
    }
    auto made = make_scribe(parent()->system(), socket, true);
    if (!made)
      return false;
    const auto handle = made->hdl();
    parent()->add_scribe(std::move(made));
    return doorman::new_connection(&acceptor_.backend(), handle);
  }
};

class tls_middleman_actor : public caf::io::middleman_actor_impl {
public:
  using middleman_actor_impl::middleman_actor_impl;

  [[nodiscard]] const char* name() const override {
    return "stagedoor.tls_middleman";
  }

protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& host,
                                             std::uint16_t port) override {
    auto socket = network::new_tcp_connection(host, port);
    if (!socket)
      return std::move(socket.error());
    auto made = make_scribe(system(), *socket, false);
    if (!made)
      return caf::sec::cannot_connect_to_node;
    return made;
  }

  caf::expected<caf::io::doorman_ptr>
  open(std::uint16_t port, const char* address, bool reuse) override {
    auto socket = network::new_tcp_acceptor_impl(port, address, reuse);
    if (!socket)
      return std::move(socket.error());
    auto& loop = static_cast<network::default_multiplexer&>(
        system().middleman().backend());
    return caf::make_counted<tls_doorman>(loop, *socket);
  }
};

} // namespace

caf::io::middleman_actor tls_middleman(caf::actor_system& sys,
                                       caf::actor broker) {
  return sys.spawn<tls_middleman_actor, caf::detached + caf::hidden>(
      std::move(broker));
}

} // namespace stagedoor
