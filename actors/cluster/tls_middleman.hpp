#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/io/middleman_actor.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// Spawns an actor that opens ports and connects as CAF's middleman does, but
/// over TLS, with the files as they are when a connection begins.
///
/// Why not CAF's own: OpenSSL keeps the errors of all connections in one queue
/// per thread, and takes what it finds there for the failure of whichever
/// connection comes next. CAF 0.17.6 empties that queue only in lines of its
/// log, which Debian builds without, so that one refused handshake ended
/// healthy links to other nodes. And while somebody did not go on with a
/// handshake, CAF kept a core busy.
///
/// Receives: what CAF's middleman does (node actor, node_dialler).
/// Sends: sockets that listen, or have connected (CAF's broker).
/// Limits: `tls_handshakes_max`, `tls_handshake_timeout`. It may block while it
/// connects, and loads the files for each connection. One that cannot load them
/// is refused with a warning.
/// Ends when: it is killed.
/// Next on the path: tls_session.hpp, CAF's broker.
caf::io::middleman_actor tls_middleman(caf::actor_system& sys,
                                       caf::actor broker, cluster_tls tls,
                                       std::shared_ptr<spdlog::logger> log);

} // namespace stagedoor
