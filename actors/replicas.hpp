#pragma once

#include "stagedoor/actors/service_directory.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/actor_cast.hpp"
#include "caf/typed_actor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace stagedoor {

/// Actors of the application that do the same, any of which will do: where a
/// route leads to, who answers a permission, or who knows the tokens. They are
/// named by their handles, or by a service that nodes offer
/// (`cluster::offer`), which finds them again when their node comes back.
class replicas {
public:
  replicas() = default;

  // NOLINTBEGIN(google-explicit-constructor): a handle is what users have.
  replicas(caf::actor one) : handles_{std::move(one)} {}
  template <class... Signatures>
  replicas(const caf::typed_actor<Signatures...>& one)
      : handles_{caf::actor_cast<caf::actor>(one)} {}
  // NOLINTEND(google-explicit-constructor)

  explicit replicas(std::vector<caf::actor> handles)
      : handles_(std::move(handles)) {}

  [[nodiscard]] static replicas of_service(std::string name) {
    replicas result;
    result.service_ = std::move(name);
    return result;
  }

  /// Whether nobody is named.
  [[nodiscard]] bool empty() const {
    return handles_.empty() && service_.empty();
  }

  /// Empty if they are named by their handles.
  [[nodiscard]] const std::string& service() const { return service_; }
  [[nodiscard]] const std::vector<caf::actor>& handles() const {
    return handles_;
  }

private:
  std::string service_;
  std::vector<caf::actor> handles_;
};

/// Names the actors that nodes offer as a service.
inline replicas service(std::string name) {
  return replicas::of_service(std::move(name));
}

/// Whether only its answers tell what is named by a `Target`.
template <class Target>
inline constexpr bool is_untyped =
    std::disjunction_v<std::is_convertible<Target, caf::actor>,
                       std::is_same<Target, replicas>,
                       std::is_same<Target, std::vector<caf::actor>>>;

/// The replicas that one role knows to be alive, and how many messages of this
/// role wait at each.
/// Thread rule: one owner.
class replica_set {
public:
  struct entry {
    caf::actor handle;
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
  /// @returns null if there is none.
  entry* pick(std::optional<std::uint64_t> key,
              const std::vector<caf::actor_addr>& tried);

  /// @returns null if it is none of them.
  entry* find(const caf::actor_addr& who);

  void died(const caf::actor_addr& who);

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
