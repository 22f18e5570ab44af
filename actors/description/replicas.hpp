#pragma once

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/typed_actor.hpp"

#include <string>
#include <type_traits>
#include <utility>
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

} // namespace stagedoor
