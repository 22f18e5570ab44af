#pragma once

#include "stagedoor/actors/service_directory.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/expected.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// What a node of a cluster does.
struct node_roles {
  /// It has clients. Without this role a server answers health checks only.
  bool front = true;
  /// It runs handlers, for its own clients and for nodes that have none.
  bool handlers = true;

  friend bool operator==(const node_roles&, const node_roles&) = default;
};

/// The files that nodes prove to each other with who they are; PEM all. A node
/// takes every certificate of its authority, whatever name it is made out for.
struct cluster_tls {
  /// The node's own, with those between it and the authority behind it.
  std::string certificate;
  /// The private key of the certificate.
  std::string key;
  /// The authority that both sides' certificates come from.
  std::string ca;
  /// What opens the key, if it is encrypted.
  std::string passphrase;

  friend bool operator==(const cluster_tls&, const cluster_tls&) = default;
};

/// How a node takes part in a cluster.
struct cluster_options {
  /// Its name, which no other node has.
  std::string name;
  /// The numeric address and port that it listens on for other nodes; port 0
  /// lets the system choose.
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;
  /// Where other nodes reach it, `host:port`; empty: what it listens on.
  std::string advertise;
  /// Nodes to begin with, `host:port`. One that runs is enough.
  std::vector<std::string> seeds;
  node_roles roles;
  /// Nothing: links are plain TCP, and who reaches the port can do anything.
  std::optional<cluster_tls> tls;
  /// Lets a node listen beyond loopback without TLS.
  bool insecure = false;
  /// Null logs through spdlog's default logger.
  std::shared_ptr<spdlog::logger> log;

  /// Reads `node`, `cluster-bind`, `cluster-advertise`, `join`, `roles`,
  /// `cluster-insecure`, `cluster-certificate`, `cluster-key`, `cluster-ca` and
  /// `cluster-passphrase-file`.
  /// @returns nothing if there is no `node`, and errc::invalid_option with a
  ///          line that names the option.
  static caf::expected<std::optional<cluster_options>>
  from(const caf::actor_system_config& cfg);
};

/// Another node, as this one sees it.
struct peer_view {
  std::string name;
  /// `host:port`.
  std::string address;
  node_roles roles;
  bool is_up = false;
};

/// This process as a node of a cluster: it finds the other nodes, keeps the
/// links to them, and tells who offers which service. Destroying it leaves the
/// cluster.
/// Thread rule: any thread.
class cluster {
public:
  virtual ~cluster() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual const node_roles& roles() const = 0;

  /// The port that is listened on for other nodes.
  [[nodiscard]] virtual std::uint16_t port() const = 0;

  /// Offers an actor under the name of a service to all nodes, this one
  /// included, until it ends or is withdrawn. A second one under the same name
  /// is a further replica.
  virtual void offer(const std::string& service, const caf::actor& handle) = 0;
  virtual void withdraw(const std::string& service,
                        const caf::actor& handle) = 0;

  /// Who offers what. Lives as long as anybody refers to it.
  [[nodiscard]] virtual const std::shared_ptr<service_directory>&
  services() const = 0;

  /// All other nodes that have been seen, in the order of their names.
  [[nodiscard]] virtual std::vector<peer_view> peers() const = 0;
};

using cluster_ptr = std::shared_ptr<cluster>;

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
