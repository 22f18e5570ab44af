#pragma once

#include "caf/actor_system_config.hpp"
#include "caf/config_option_set.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// The roles of a node in a cluster.
struct node_roles {
  /// The node has clients. Without this role its server answers health checks
  /// only.
  bool front = true;
  /// The node runs handlers, for its own clients and for nodes without
  /// handlers.
  bool handlers = true;

  friend bool operator==(const node_roles&, const node_roles&) = default;
};

/// The PEM files with which nodes prove to each other that they belong to the
/// cluster. A node accepts every certificate of its authority, whatever name
/// the certificate has.
struct cluster_tls {
  /// The certificate of this node, followed by those between it and the
  /// authority.
  std::string certificate;
  /// The private key of the certificate.
  std::string key;
  /// The certificate of the authority that has signed the certificates of all
  /// nodes.
  std::string ca;
  /// The passphrase of the key, if the key is encrypted.
  std::string passphrase;

  friend bool operator==(const cluster_tls&, const cluster_tls&) = default;
};

/// The options of a node in a cluster.
struct cluster_options {
  /// The name of this node, which no other node may have.
  std::string name;
  /// The numeric address and port on which this node listens for other nodes.
  /// With port 0 the system chooses one.
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;
  /// The address at which other nodes reach this one, as `host:port`; empty if
  /// it is the address on which it listens.
  std::string advertise;
  /// The nodes to connect to first, as `host:port`. It is enough if one of them
  /// runs.
  std::vector<std::string> seeds;
  node_roles roles;
  /// The files for TLS. Without them connections between nodes are plain TCP,
  /// and everybody who reaches the port can do anything.
  std::optional<cluster_tls> tls;
  /// Allows the node to listen beyond loopback without TLS.
  bool insecure = false;
  /// The logger; null for spdlog's default logger.
  std::shared_ptr<spdlog::logger> log;

  /// Reads `node`, `cluster-bind`, `cluster-advertise`, `join`, `roles`,
  /// `cluster-insecure`, `cluster-certificate`, `cluster-key`, `cluster-ca` and
  /// `cluster-passphrase-file`.
  /// @returns nothing if there is no `node`; errc::invalid_option with a line
  ///          that names the option if one is not valid.
  static caf::expected<std::optional<cluster_options>>
  from(const caf::actor_system_config& cfg);

  /// The same of a section, see `add_options`.
  static caf::expected<std::optional<cluster_options>>
  from(const caf::actor_system_config& cfg, const std::string& section);
};

/// Registers `--node`, `--cluster-*`, `--join` and `--roles`.
/// @param section see `add_options`.
void add_cluster_options(caf::config_option_set& target,
                         const std::string& section = {});

/// Checks the options as far as this is possible without the network.
/// @returns errc::invalid_option with a line that names the option.
caf::error validate(const cluster_options& options);

} // namespace stagedoor
