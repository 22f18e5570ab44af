#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"

#include "caf/actor_addr.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What the once keepers of a server are offered as to other nodes, behind the
/// server's name: `stagedoor.once`.
inline constexpr std::string_view once_service = ".once";

/// The once keepers of other nodes that this node has a way to.
/// Thread rule: one owner.
class once_nodes {
public:
  /// @param own the name of this node.
  once_nodes(runtime_ptr shared, std::string own)
      : shared_(std::move(shared)), own_(std::move(own)) {}

  struct changes {
    std::vector<std::string> come = {};
    /// The nodes to which the way is lost, or was lost in between.
    std::vector<std::string> gone = {};
  };

  /// Takes up what has changed in the service directory since the last time.
  changes refresh();

  /// A node has said farewell. The directory may name it for a while.
  void left(const std::string& node, const caf::strong_actor_ptr& keeper);

  [[nodiscard]] bool has(const std::string& node) const {
    return keepers_.contains(node);
  }

  /// Null if there is no way to the node.
  [[nodiscard]] once_keeper_actor of(const std::string& node) const;

  [[nodiscard]] const std::map<std::string, caf::actor>& all() const {
    return keepers_;
  }

private:
  runtime_ptr shared_;
  std::string own_;
  /// By node.
  std::map<std::string, caf::actor> keepers_;
  /// The keepers that have said farewell, by node: the last one of each.
  std::map<std::string, caf::actor_addr> ended_;
  /// Of the service table that `keepers_` is made of.
  std::uint64_t table_version_ = 0;
};

} // namespace stagedoor
