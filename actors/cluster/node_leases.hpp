#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace stagedoor {

/// Which other nodes a node has heard of, and which have heard of it. A node
/// has a lease as long as a majority of the nodes has heard of it within
/// `cluster_limits::key_lease`. For a node that it has heard of, it takes care
/// for `cluster_limits::key_promise`, which is longer: that one may have a
/// lease.
///
/// A node counts the nodes that it has met, until they say farewell or are
/// forgotten.
/// Thread rule: one owner, which says what time it is.
class node_leases {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A node is there.
  /// @param acknowledged when it is taken to have heard of this one, if it was
  ///        not known.
  /// @returns whether it was not known.
  bool met(const std::string& node, time_point now, time_point acknowledged);

  /// A node gives a sign of life.
  void heard(const std::string& node, time_point now);

  /// A node has heard of this one.
  /// @param sent when this one had said it.
  void acknowledged(const std::string& node, time_point sent);

  /// The way to a node is lost.
  void lost(const std::string& node);

  /// A node has left, or is forgotten.
  void left(const std::string& node) { nodes_.erase(node); }

  [[nodiscard]] std::vector<std::string> lost_nodes() const;

  /// Whether a node has been met, and is not lost.
  [[nodiscard]] bool is_there(const std::string& node) const;

  /// Whether a node may have a lease, as far as this one is concerned.
  [[nodiscard]] bool has_promise(const std::string& node, time_point now) const;

  /// The other nodes that this node needs to have a majority with it.
  [[nodiscard]] std::size_t needed() const { return (nodes_.size() + 1) / 2; }

  /// The nodes that count, with this one.
  [[nodiscard]] std::size_t count() const { return nodes_.size() + 1; }

  /// When the lease of this node ends; never if there is no other node.
  [[nodiscard]] time_point lease_end() const;

private:
  struct other {
    time_point heard;
    time_point acknowledged;
    bool is_lost = false;
  };

  /// Without this one.
  std::map<std::string, other> nodes_;
};

} // namespace stagedoor
