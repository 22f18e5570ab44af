#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/link_scribe.hpp"

#include "caf/expected.hpp"
#include "caf/io/network/default_multiplexer.hpp"
#include "caf/io/network/native_socket.hpp"
#include "caf/io/scribe.hpp"

namespace stagedoor {

/// Makes a connection over TLS, with the files as they are now. It owns the
/// socket.
///
/// Why not CAF's own: OpenSSL keeps the errors of all connections in one queue
/// per thread, and takes what it finds there for the failure of whichever
/// connection comes next. CAF 0.17.6 empties that queue only in lines of its
/// log, which Debian builds without, so that one refused handshake ended
/// healthy links to other nodes. And while somebody did not go on with a
/// handshake, CAF kept a core busy.
/// @returns errc::invalid_option with a line that names the option, if the
///          files cannot be loaded. The socket is closed then, too.
caf::expected<caf::io::scribe_ptr>
make_tls_scribe(caf::io::network::default_multiplexer& loop,
                caf::io::network::native_socket socket, link_side side,
                const cluster_tls& tls);

} // namespace stagedoor
