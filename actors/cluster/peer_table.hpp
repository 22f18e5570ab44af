#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/node_hello.hpp"

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"

#include <map>
#include <string>
#include <vector>

namespace stagedoor {

/// The nodes that a node has greeted, by name: those that are up, and those
/// that were.
/// Thread rule: one owner.
class peer_table {
public:
  /// Another node.
  struct peer {
    node_hello about;
    /// Its node actor; null while it is down.
    caf::actor handle;
    /// It went down without a farewell, and has not said since what it offers.
    bool is_lost = false;

    void went_down(bool without_farewell) {
      handle = nullptr;
      is_lost = without_farewell;
    }
  };

  /// Why a node cannot be a peer of `self`; empty: it can.
  [[nodiscard]] std::string refusal_of(const node_hello& self,
                                       const node_hello& theirs) const;

  /// Enters a node that is up, in place of one that was at its address under
  /// another name.
  /// @returns what was known under its name before.
  peer admit(const node_hello& theirs, const caf::actor& handle);

  /// Removes a node, unless it is up.
  /// @returns whether it was removed.
  bool forget(const std::string& name);

  /// The peer that is up with exactly that node actor; null if there is none.
  [[nodiscard]] peer* find(const caf::actor_addr& address);

  /// The peers that are up, by name.
  [[nodiscard]] std::vector<const peer*> up() const;

  /// All peers, as an application sees them.
  [[nodiscard]] std::vector<peer_view> views() const;

private:
  std::map<std::string, peer> peers_;
};

} // namespace stagedoor
