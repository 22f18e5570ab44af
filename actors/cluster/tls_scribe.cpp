#include "stagedoor/actors/cluster/tls_scribe.hpp"

#include "stagedoor/actors/cluster/tls_context.hpp"
#include "stagedoor/actors/cluster/tls_session.hpp"

#include "caf/detail/socket_guard.hpp"
#include "caf/io/network/stream_impl.hpp"
#include "caf/make_counted.hpp"

#include <cstddef>
#include <utility>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

using network::native_socket;
using network::rw_state;

class tls_scribe;

/// What a stream does with its socket.
class tls_policy {
public:
  tls_policy(tls_scribe& owner, ssl_ctx_st* context, native_socket socket,
             bool is_server)
      : owner_(owner), session_(context, socket, is_server) {}

  rw_state read_some(std::size_t& count, native_socket, void* into,
                     std::size_t most) {
    const auto result = session_.read_some(count, into, most);
    tell_owner();
    return result;
  }

  rw_state write_some(std::size_t& count, native_socket, const void* from,
                      std::size_t most) {
    const auto result = session_.write_some(count, from, most);
    tell_owner();
    return result;
  }

  [[nodiscard]] bool must_read_more(native_socket, std::size_t wanted) const {
    return session_.has_unread(wanted);
  }

private:
  void tell_owner();

  tls_scribe& owner_;
  tls_session session_;
};

/// A connection. It keeps what it is to write until the handshake of TLS is
/// over: a stream with something to write is called for as long as the socket
/// can take it.
class tls_scribe final : public link_scribe {
public:
  tls_scribe(network::default_multiplexer& loop, native_socket socket,
             ssl_ctx_st* context, link_side side)
      : tls_scribe(loop, socket, context, side, side.accepted != nullptr) {}

  /// The handshake of TLS is over.
  void opened() {
    if (std::exchange(is_open_, true))
      return;
    auto& into = stream_.wr_buf();
    into.insert(into.end(), early_.begin(), early_.end());
    early_ = {};
    flush();
  }

  buffer& wr_buf() override { return is_open_ ? stream_.wr_buf() : early_; }

protected:
  network::stream& stream() override { return stream_; }
  [[nodiscard]] bool is_open() const override { return is_open_; }

  void start() override {
    stream_.start(this);
    // The first step of the handshake.
    stream_.force_empty_write(this);
  }

private:
  tls_scribe(network::default_multiplexer& loop, native_socket socket,
             ssl_ctx_st* context, link_side& side, bool is_server)
      : link_scribe(socket, std::move(side)),
        stream_(loop, socket, *this, context, socket, is_server) {}

  network::stream_impl<tls_policy> stream_;
  buffer early_;
  bool is_open_ = false;
};

void tls_policy::tell_owner() {
  if (session_.is_open())
    owner_.opened();
}

} // namespace

caf::expected<caf::io::scribe_ptr>
make_tls_scribe(network::default_multiplexer& loop, native_socket socket,
                link_side side, const cluster_tls& tls) {
  caf::detail::socket_guard guard{socket};
  auto context = load_files(tls);
  if (!context)
    return std::move(context.error());
  return caf::io::scribe_ptr{caf::make_counted<tls_scribe>(
      loop, guard.release(), context->get(), std::move(side))};
}

} // namespace stagedoor
