#pragma once

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/typed_actor.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

/// Actors of the application that do the same job, so that any of them can be
/// asked: those that a route leads to, that answer a permission, or that know
/// the tokens. They are named by their handles, or by a service that nodes
/// offer (`cluster::offer`). A service finds its actors again when their node
/// comes back.
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

  /// Returns whether no actor is named.
  [[nodiscard]] bool empty() const {
    return handles_.empty() && service_.empty();
  }

  /// The name of the service; empty if the actors are named by their handles.
  [[nodiscard]] const std::string& service() const { return service_; }
  [[nodiscard]] const std::vector<caf::actor>& handles() const {
    return handles_;
  }

private:
  std::string service_;
  std::vector<caf::actor> handles_;
};

/// Names the actors that nodes offer under this name.
inline replicas service(std::string name) {
  return replicas::of_service(std::move(name));
}

/// Whether the type of `Target` does not say which messages the actor accepts.
template <class Target>
inline constexpr bool is_untyped =
    std::disjunction_v<std::is_convertible<Target, caf::actor>,
                       std::is_same<Target, replicas>,
                       std::is_same<Target, std::vector<caf::actor>>>;

} // namespace stagedoor
