#pragma once

#include "caf/actor.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What the listeners of a server are offered as to other nodes, behind the
/// server's name: `stagedoor.listeners`.
inline constexpr std::string_view listeners_service = ".listeners";

/// An actor that a node offers under the name of a service.
struct service_entry {
  /// The node's name.
  std::string node;
  caf::actor handle;

  friend bool operator==(const service_entry&, const service_entry&) = default;
};

/// The services of this node and of the nodes that it sees. The entries of a
/// service are in the order of the nodes' names.
using service_table =
    std::map<std::string, std::vector<service_entry>, std::less<>>;

/// Holds the current service table. Each change makes a new table, so that a
/// reader can keep its own until it sees a new version.
/// Thread rule: any thread.
class service_directory {
public:
  service_directory();

  /// Replaces all entries of a node; an empty list forgets the node.
  /// @param offered the actors with the names of their services.
  void set(const std::string& node,
           const std::vector<std::pair<std::string, caf::actor>>& offered);

  [[nodiscard]] std::shared_ptr<const service_table> table() const;

  /// Returns the actors that are offered as a service; none if the service is
  /// not known.
  [[nodiscard]] std::vector<service_entry>
  entries(std::string_view service) const;

  /// The number of the current table, counted from 1.
  [[nodiscard]] std::uint64_t version() const {
    return version_.load(std::memory_order_acquire);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const service_table> table_;
  std::atomic<std::uint64_t> version_{1};
};

} // namespace stagedoor
