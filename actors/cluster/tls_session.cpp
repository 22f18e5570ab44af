#include "stagedoor/actors/cluster/tls_session.hpp"

#include "stagedoor/protocol/assert.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>
#include <csignal>

namespace stagedoor {

namespace {

/// Each step begins like this. OpenSSL has one queue of errors per thread, and
/// would take those of another connection for this one's. It writes so that a
/// lost peer is a signal, too, which would end the process.
void begin_step() {
  ERR_clear_error();
  thread_local const auto is_blocked = [] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    return pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0;
  }();
  STAGEDOOR_ASSERT(is_blocked);
}

int at_most_int(std::size_t bytes) {
  return static_cast<int>(std::min(bytes, std::size_t{INT_MAX}));
}

} // namespace

void tls_session::deleter::operator()(ssl_st* tls) const {
  SSL_free(tls);
}

tls_session::tls_session(ssl_ctx_st* context, native_socket socket,
                         bool is_server)
    : tls_(SSL_new(context)) {
  STAGEDOOR_ASSERT(tls_ != nullptr);
  SSL_set_fd(tls_.get(), socket);
  SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE
                               | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (is_server)
    SSL_set_accept_state(tls_.get());
  else
    SSL_set_connect_state(tls_.get());
}

bool tls_session::is_open() const {
  return SSL_is_init_finished(tls_.get()) == 1;
}

tls_session::rw_state tls_session::read_some(std::size_t& count, void* into,
                                             std::size_t most) {
  count = 0;
  const auto state = shake_hands();
  if (state == rw_state::failure || !is_open())
    return state;
  begin_step();
  const auto result = SSL_read(tls_.get(), into, at_most_int(most));
  if (result <= 0)
    return state_after(result);
  count = static_cast<std::size_t>(result);
  return rw_state::success;
}

tls_session::rw_state tls_session::write_some(std::size_t& count,
                                              const void* from,
                                              std::size_t most) {
  count = 0;
  const auto state = shake_hands();
  if (state == rw_state::failure || !is_open() || most == 0)
    return state;
  begin_step();
  const auto result = SSL_write(tls_.get(), from, at_most_int(most));
  if (result <= 0)
    return state_after(result);
  count = static_cast<std::size_t>(result);
  return rw_state::success;
}

bool tls_session::has_unread(std::size_t bytes) const {
  return static_cast<std::size_t>(SSL_pending(tls_.get())) >= bytes;
}

tls_session::rw_state tls_session::shake_hands() {
  if (is_open())
    return rw_state::success;
  begin_step();
  const auto result = SSL_do_handshake(tls_.get());
  return result == 1 ? rw_state::success : state_after(result);
}

tls_session::rw_state tls_session::state_after(int result) const {
  const auto why = SSL_get_error(tls_.get(), result);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE
             ? rw_state::success
             : rw_state::failure;
}

} // namespace stagedoor
