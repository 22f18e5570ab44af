#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/link_scribe.hpp"

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/io/middleman_actor.hpp"

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>

namespace stagedoor {

/// What the middlemen of a node work with.
struct link_middleman_setup {
  /// CAF's.
  caf::actor broker;
  /// The files for TLS, taken as they are when a connection begins; nothing for
  /// plain TCP.
  std::optional<cluster_tls> tls;
  std::shared_ptr<spdlog::logger> log;
};

/// Spawns an actor that opens ports and connects as CAF's middleman does, but
/// with connections that do not trust what arrives.
///
/// Receives: what CAF's middleman does (node actor, node_dialler).
/// Sends: sockets that listen, or have connected (CAF's broker).
/// Limits: `handshakes_max`, `handshake_timeout`, `greeting_bytes_max`,
/// `announced_bytes_max`. It may block while it connects, and loads the files
/// for each connection. One that cannot load them is refused with a warning.
/// Ends when: it is killed.
/// Next on the path: link_doorman.hpp, link_scribe.hpp, CAF's broker.
/// @param told gets the version of a node that speaks another one; may be null.
caf::io::middleman_actor link_middleman(caf::actor_system& sys,
                                        link_middleman_setup setup,
                                        other_version told);

} // namespace stagedoor
