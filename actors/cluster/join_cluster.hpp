#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"

namespace stagedoor {

/// Prepares the configuration of an application for a node. It loads CAF's
/// middleman, and switches its workers for decoding off (`middleman.workers`)
/// unless the configuration sets them. Call it before the actor system exists;
/// `config::parse_command_line` does it for you.
/// @returns errc::invalid_option with a line that names the option, also if the
///          files for TLS cannot be used.
caf::error configure_cluster(caf::actor_system_config& cfg,
                             const cluster_options& options);

/// Joins a cluster. The configuration of the actor system must have gone
/// through `configure` and `configure_cluster`. The node listens for other
/// nodes and keeps looking for them. A silent node counts as down after
/// `middleman.connection-timeout` (3 s) and one `middleman.heartbeat-interval`
/// (1 s). The cluster must end before the actor system does.
/// @returns an error with one line that says what is wrong. In this case the
///          process does not listen for other nodes.
caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys,
                                        const cluster_options& options);

/// The same with the options of the actor system's configuration.
/// @returns null if the options name no node.
caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys);

} // namespace stagedoor
