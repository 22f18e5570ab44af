#pragma once

#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The replicas that one role knows to be alive, and how many messages of this
/// role wait at each.
/// Thread rule: one owner.
class replica_set {
public:
  struct entry {
    caf::actor handle;
    /// The node that offers it; empty for an actor that is mounted itself.
    std::string node;
    /// The same in all processes, while the nodes are the same.
    std::uint64_t hash = 0;
    std::size_t waiting = 0;
    bool is_dead = false;
  };

  replica_set(replicas from,
              std::shared_ptr<const service_directory> directory);

  /// Takes up what has changed in the directory since the last time.
  /// @returns the actors that are new: their deaths are to be told to `died`.
  std::vector<caf::actor> refresh();

  /// Picks one that lives and is none of `tried`: with a key always the same
  /// one for it while the replicas are the same, else the one with which the
  /// fewest messages wait.
  /// @param node only those of this node; empty for all.
  /// @returns null if there is none.
  entry* pick(std::optional<std::uint64_t> key,
              const std::vector<caf::actor_addr>& tried,
              std::string_view node = {});

  /// @returns null if it is none of them.
  entry* find(const caf::actor_addr& address);

  void died(const caf::actor_addr& address);

private:
  replicas from_;
  std::shared_ptr<const service_directory> directory_;
  std::uint64_t version_ = 0;
  std::vector<entry> entries_;
  /// Where the search for the fewest begins, so that equals take turns.
  std::size_t next_ = 0;
};

/// Whether both are the very same actor. Equal is not enough: the proxy of an
/// actor on a node that was lost and the one that replaces it are.
bool are_same(const caf::actor_addr& left, const caf::actor_addr& right);

/// A hash that is the same in all processes.
std::uint64_t stable_hash(std::string_view text);

/// Why an actor of the application has not answered: errc::unavailable if it
/// is gone, errc::timed_out if it says that it is late, errc::server_error for
/// any other error of its own.
errc reason_of(const caf::error& error);

} // namespace stagedoor
