#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include "caf/actor.hpp"

#include <cstddef>
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
  /// Its link has ended without a farewell, so it may still serve clients; or
  /// it has just come back, and has not said yet what it offers.
  bool is_lost = false;
};

/// This process as a node of a cluster. It finds the other nodes, keeps links
/// to them, and knows which nodes offer which services. Destroying it leaves
/// the cluster, unless `leave` has done so before.
/// Thread rule: any thread.
class cluster {
public:
  virtual ~cluster() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual const node_roles& roles() const = 0;

  /// The port on which this node listens for other nodes.
  [[nodiscard]] virtual std::uint16_t port() const = 0;

  /// Offers an actor under the name of a service to all nodes, also to this
  /// one, until the actor ends or is withdrawn. A second actor under the same
  /// name is a further replica.
  virtual void offer(const std::string& service, const caf::actor& handle) = 0;
  virtual void withdraw(const std::string& service,
                        const caf::actor& handle) = 0;

  /// The directory of all services. It may be kept longer than this object.
  [[nodiscard]] virtual const std::shared_ptr<service_directory>&
  services() const = 0;

  /// Leaves the cluster: tells the other nodes, and ends the actors of this
  /// node, which would otherwise keep the actor system from ending. Stop the
  /// servers of this node before. A second call does nothing.
  virtual void leave() = 0;

  /// All other nodes that this one has ever seen, in the order of their names.
  [[nodiscard]] virtual std::vector<peer_view> peers() const = 0;

  /// The number of addresses where nodes are awaited: a node may be there, and
  /// has not said yet what it offers, nor failed to answer once. Events for its
  /// clients do not reach it.
  [[nodiscard]] virtual std::size_t awaited() const = 0;

  /// Whether this node has heard of the others: since it began, there was a
  /// time at which no node was awaited.
  [[nodiscard]] virtual bool has_joined() const = 0;
};

using cluster_ptr = std::shared_ptr<cluster>;

} // namespace stagedoor
