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

/// Registers `--node`, `--cluster-*`, `--join` and `--roles`.
void add_cluster_options(caf::config_option_set& target);

/// Checks what does not need the network.
/// @returns errc::invalid_option with a line that names the option.
caf::error validate(const cluster_options& options);

} // namespace stagedoor
