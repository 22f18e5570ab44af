#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"

namespace stagedoor {

/// Makes an application's configuration fit for a node: loads CAF's middleman
/// and turns its workers for decoding off (`middleman.workers`) unless it sets
/// them. CAF wants that before the actor system exists;
/// `config::parse_command_line` does it.
/// @returns errc::invalid_option with a line that names the option, also if the
///          files of TLS cannot be used.
caf::error configure_cluster(caf::actor_system_config& cfg,
                             const cluster_options& options);

/// Joins a cluster, on an actor system whose configuration went through
/// `configure` and `configure_cluster`: listens for other nodes, and looks for
/// them from then on. A node that is silent is down after
/// `middleman.connection-timeout` (3 s) and a `middleman.heartbeat-interval`
/// (1 s). The cluster must end before the actor system does.
/// @returns an error with one line that says what is wrong; then this process
///          listens to nobody.
caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys,
                                        const cluster_options& options);

/// The same with the options of the actor system's configuration.
/// @returns null if they name no node.
caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys);

} // namespace stagedoor
