#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"

#include "caf/actor_addr.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// What a cluster's handle and its node actor share: what this node offers, and
/// whom it sees.
/// Thread rule: any thread.
class cluster_board {
public:
  using offers = std::vector<std::pair<std::string, caf::actor>>;

  /// @param name this node's.
  explicit cluster_board(std::string name);

  /// Changes what this node offers, in the directory too.
  /// @returns whether anything changed.
  bool offer(const std::string& service, const caf::actor& handle);
  bool withdraw(const std::string& service, const caf::actor& handle);
  /// Withdraws an actor from all services.
  bool withdraw(const caf::actor_addr& ended);

  [[nodiscard]] offers own_offers() const;

  void peers(std::vector<peer_view> seen);
  [[nodiscard]] std::vector<peer_view> peers() const;

  /// Sets the number of nodes that are awaited.
  void awaits(std::size_t nodes);
  [[nodiscard]] std::size_t awaited() const { return awaited_; }
  /// Whether that number has been 0 once.
  [[nodiscard]] bool has_joined() const { return joined_; }

  [[nodiscard]] const std::shared_ptr<service_directory>& services() const {
    return services_;
  }

private:
  const std::string name_;
  const std::shared_ptr<service_directory> services_;
  mutable std::mutex mutex_;
  offers offers_;
  std::vector<peer_view> peers_;
  std::atomic<std::size_t> awaited_ = 0;
  std::atomic<bool> joined_ = false;
};

} // namespace stagedoor
