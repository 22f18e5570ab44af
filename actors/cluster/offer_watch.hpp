#pragma once

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster_board.hpp"

#include "caf/actor_addr.hpp"
#include "caf/event_based_actor.hpp"

#include <cstdint>
#include <set>

namespace stagedoor {

/// Monitors the actors that a node offers, and notices when it has offered none
/// for `cluster_limits::idle_notice`.
/// Thread rule: the node's actor.
class offer_watch {
public:
  using actor_pointer = caf_api::watching<caf::event_based_actor>*;

  /// @param self the node's actor. It gets a `tick_atom` with the number of a
  ///        change behind which nothing was offered.
  explicit offer_watch(actor_pointer self) : self_(self) {}

  /// Takes what is offered from now on.
  void changed(const cluster_board::offers& offers);

  /// Takes note that an actor has ended.
  /// @returns whether it was offered.
  bool ended(const caf::actor_addr& gone) { return watched_.erase(gone) != 0; }

  /// Whether nothing has changed since that change.
  [[nodiscard]] bool is_last(std::uint64_t change) const {
    return change == changes_;
  }

private:
  actor_pointer self_;
  std::set<caf::actor_addr> watched_;
  std::uint64_t changes_ = 0;
};

} // namespace stagedoor
