#pragma once

#include "stagedoor/actors/cluster/tls_context.hpp"

#include "caf/io/network/native_socket.hpp"
#include "caf/io/network/rw_state.hpp"

#include <cstddef>
#include <memory>

// OpenSSL's, as in tls_context.hpp.
struct ssl_st;

namespace stagedoor {

/// TLS on one socket that does not block. Nothing can be written before the
/// handshake is over, which reading and writing go on with.
/// Thread rule: that of CAF's multiplexer.
class tls_session {
public:
  using native_socket = caf::io::network::native_socket;
  using rw_state = caf::io::network::rw_state;

  /// @param context loaded files, which this shares.
  tls_session(ssl_ctx_st* context, native_socket socket, bool is_server);

  /// Whether the handshake is over.
  [[nodiscard]] bool is_open() const;

  /// Reads what is there.
  /// @param count gets how many bytes; 0 if there was nothing.
  /// @returns failure if the connection is of no use any more.
  rw_state read_some(std::size_t& count, void* into, std::size_t most);

  /// Writes what the socket takes, of nothing too: a first step for a
  /// handshake.
  rw_state write_some(std::size_t& count, const void* from, std::size_t most);

  /// Whether so many bytes have been received that were not read: the socket
  /// tells nothing of them.
  [[nodiscard]] bool has_unread(std::size_t bytes) const;

private:
  /// @returns failure if there is none to go on with.
  rw_state shake_hands();
  /// What the result of a step that moved nothing means.
  [[nodiscard]] rw_state state_after(int result) const;

  struct deleter {
    void operator()(ssl_st* tls) const;
  };

  std::unique_ptr<ssl_st, deleter> tls_;
};

} // namespace stagedoor
