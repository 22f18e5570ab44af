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

/// An actor that a node offers under the name of a service.
struct service_entry {
  /// The node's name.
  std::string node;
  caf::actor handle;

  friend bool operator==(const service_entry&, const service_entry&) = default;
};

/// Who offers what, on this node and on those that it sees: the entries of a
/// service are in the order of their nodes' names.
using service_table =
    std::map<std::string, std::vector<service_entry>, std::less<>>;

/// The service table as it is now. What changes it makes a new one, so that
/// readers keep theirs until they see a new version.
/// Thread rule: any thread.
class service_directory {
public:
  service_directory();

  /// Replaces all entries of a node; an empty list forgets the node.
  /// @param offered by name of the service.
  void set(const std::string& node,
           const std::vector<std::pair<std::string, caf::actor>>& offered);

  [[nodiscard]] std::shared_ptr<const service_table> table() const;

  /// Who offers a service; nobody if it is not known.
  [[nodiscard]] std::vector<service_entry>
  entries(std::string_view service) const;

  /// Counts the changes, from 1.
  [[nodiscard]] std::uint64_t version() const {
    return version_.load(std::memory_order_acquire);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const service_table> table_;
  std::atomic<std::uint64_t> version_{1};
};

} // namespace stagedoor
