#include "stagedoor/actors/cluster/tls_middleman.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/tls_context.hpp"
#include "stagedoor/actors/cluster/tls_session.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/detail/socket_guard.hpp"
#include "caf/io/middleman.hpp"
#include "caf/io/middleman_actor_impl.hpp"
#include "caf/io/network/default_multiplexer.hpp"
#include "caf/io/network/doorman_impl.hpp"
#include "caf/io/network/stream_impl.hpp"
#include "caf/io/scribe.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

using network::native_socket;
using network::rw_state;

/// CAF's buffer of bytes, whose type differs between its versions.
using buffer =
    std::remove_reference_t<decltype(std::declval<caf::io::scribe>().wr_buf())>;

class tls_scribe;

/// The incoming connections that are in their handshake. A peer that never
/// finishes its handshake would hold a socket for ever.
/// Thread rule: any thread.
class handshake_list {
public:
  void add(const tls_scribe* scribe, caf::io::connection_handle handle) {
    std::lock_guard lock{mutex_};
    open_.emplace(
        scribe,
        entry{handle, clock::now() + cluster_limits::tls_handshake_timeout});
  }

  void remove(const tls_scribe* scribe) {
    std::lock_guard lock{mutex_};
    open_.erase(scribe);
  }

  [[nodiscard]] bool is_full() const {
    std::lock_guard lock{mutex_};
    return open_.size() >= cluster_limits::tls_handshakes_max;
  }

  /// Those that have had their time.
  [[nodiscard]] std::vector<caf::io::connection_handle> late() const {
    std::lock_guard lock{mutex_};
    std::vector<caf::io::connection_handle> result;
    for (const auto& [scribe, pending] : open_)
      if (pending.due <= clock::now())
        result.push_back(pending.handle);
    return result;
  }

private:
  using clock = std::chrono::steady_clock;

  struct entry {
    caf::io::connection_handle handle;
    clock::time_point due;
  };

  mutable std::mutex mutex_;
  std::map<const tls_scribe*, entry> open_;
};

using handshake_list_ptr = std::shared_ptr<handshake_list>;

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

/// A connection. It keeps what it is to write until the handshake is over: a
/// stream with something to write is called for as long as the socket can take
/// it.
class tls_scribe : public caf::io::scribe {
public:
  /// @param accepted has it until its handshake is over; null for a connection
  ///        of our own.
  tls_scribe(network::default_multiplexer& loop, native_socket socket,
             ssl_ctx_st* context, handshake_list_ptr accepted)
      : scribe(network::conn_hdl_from_socket(socket)),
        stream_(loop, socket, *this, context, socket, accepted != nullptr),
        accepted_(std::move(accepted)) {
    if (accepted_)
      accepted_->add(this, hdl());
  }

  ~tls_scribe() override { leave_list(); }

  tls_scribe(const tls_scribe&) = delete;
  tls_scribe& operator=(const tls_scribe&) = delete;

  /// The handshake is over.
  void opened() {
    if (std::exchange(is_open_, true))
      return;
    leave_list();
    auto& into = stream_.wr_buf();
    into.insert(into.end(), early_.begin(), early_.end());
    early_ = {};
    stream_.flush(this);
  }

  void configure_read(caf::io::receive_policy::config amount) override {
    stream_.configure_read(amount);
    if (std::exchange(is_started_, true))
      return;
    stream_.start(this);
    // The first step of the handshake.
    stream_.force_empty_write(this);
  }

  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  buffer& wr_buf() override { return is_open_ ? stream_.wr_buf() : early_; }
  buffer& rd_buf() override { return stream_.rd_buf(); }

  void flush() override {
    if (is_open_)
      stream_.flush(this);
  }

  void graceful_shutdown() override {
    // CAF keeps the scribe until it has seen to all events of this round.
    leave_list();
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
  void leave_list() {
    if (auto list = std::exchange(accepted_, nullptr))
      list->remove(this);
  }

  network::stream_impl<tls_policy> stream_;
  handshake_list_ptr accepted_;
  buffer early_;
  bool is_started_ = false;
  bool is_open_ = false;
};

void tls_policy::tell_owner() {
  if (session_.is_open())
    owner_.opened();
}

network::default_multiplexer& loop_of(caf::actor_system& sys) {
  return static_cast<network::default_multiplexer&>(sys.middleman().backend());
}

/// Takes the socket, also if the files cannot be loaded.
caf::expected<caf::io::scribe_ptr> make_scribe(caf::actor_system& sys,
                                               const cluster_tls& tls,
                                               native_socket socket,
                                               handshake_list_ptr accepted) {
  caf::detail::socket_guard guard{socket};
  auto context = load_files(tls);
  if (!context)
    return std::move(context.error());
  return caf::io::scribe_ptr{caf::make_counted<tls_scribe>(
      loop_of(sys), guard.release(), context->get(), std::move(accepted))};
}

/// A socket that listens.
class tls_doorman : public network::doorman_impl {
public:
  tls_doorman(network::default_multiplexer& loop, native_socket socket,
              cluster_tls tls, std::shared_ptr<spdlog::logger> log)
      : doorman_impl(loop, socket), tls_(std::move(tls)), log_(std::move(log)) {
  }

  bool new_connection() override {
    const auto socket = acceptor_.accepted_socket();
    // The broker may have let go of this one while its event was under way.
    if (detached()) {
      caf::detail::socket_guard{socket}.close();
      return false;
    }
    for (auto late : handshakes_->late())
      parent()->close(late);
    if (handshakes_->is_full()) {
      caf::detail::socket_guard{socket}.close();
      tell_full();
      return false;
    }
    auto made = make_scribe(parent()->system(), tls_, socket, handshakes_);
    if (!made) {
      log_->warn("a node was refused: {}", text_of(made.error()));
      return false;
    }
    const auto handle = (*made)->hdl();
    parent()->add_scribe(std::move(*made));
    return doorman::new_connection(&acceptor_.backend(), handle);
  }

private:
  using clock = std::chrono::steady_clock;

  void tell_full() {
    const auto now = clock::now();
    if (told_full_ && now - *told_full_ < cluster_limits::tls_warning_interval)
      return;
    told_full_ = now;
    log_->warn("{} connections at the nodes' port are in their handshake: "
               "refusing others",
               cluster_limits::tls_handshakes_max);
  }

  const cluster_tls tls_;
  const std::shared_ptr<spdlog::logger> log_;
  const handshake_list_ptr handshakes_ = std::make_shared<handshake_list>();
  std::optional<clock::time_point> told_full_;
};

class tls_middleman_actor : public caf::io::middleman_actor_impl {
public:
  tls_middleman_actor(caf::actor_config& cfg, caf::actor broker,
                      cluster_tls tls, std::shared_ptr<spdlog::logger> log)
      : middleman_actor_impl(cfg, std::move(broker)), tls_(std::move(tls)),
        log_(std::move(log)) {}

  [[nodiscard]] const char* name() const override {
    return "stagedoor.tls_middleman";
  }

protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& host,
                                             std::uint16_t port) override {
    auto socket = network::new_tcp_connection(host, port);
    if (!socket)
      return std::move(socket.error());
    return make_scribe(system(), tls_, *socket, nullptr);
  }

  caf::expected<caf::io::doorman_ptr>
  open(std::uint16_t port, const char* address, bool reuse) override {
    auto socket = network::new_tcp_acceptor_impl(port, address, reuse);
    if (!socket)
      return std::move(socket.error());
    return caf::io::doorman_ptr{
        caf::make_counted<tls_doorman>(loop_of(system()), *socket, tls_, log_)};
  }

private:
  const cluster_tls tls_;
  const std::shared_ptr<spdlog::logger> log_;
};

} // namespace

caf::io::middleman_actor tls_middleman(caf::actor_system& sys,
                                       caf::actor broker, cluster_tls tls,
                                       std::shared_ptr<spdlog::logger> log) {
  return sys.spawn<tls_middleman_actor, caf::detached + caf::hidden>(
      std::move(broker), std::move(tls), std::move(log));
}

} // namespace stagedoor
