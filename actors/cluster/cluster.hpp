#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include "caf/actor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor {

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

} // namespace stagedoor
