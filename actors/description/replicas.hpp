#pragma once

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/typed_actor.hpp"

#include <algorithm>
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

  /// Returns why they cannot be asked: "no actor", or "an actor that is null".
  /// Empty if they can.
  [[nodiscard]] std::string fault() const {
    if (empty())
      return "no actor";
    const auto has_null =
        std::any_of(handles_.begin(), handles_.end(),
                    [](const caf::actor& each) { return !each; });
    return has_null ? "an actor that is null" : "";
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

namespace detail {

template <class Signature, class List>
inline constexpr bool has_signature = false;
template <class Signature, template <class...> class List, class... Signatures>
inline constexpr bool has_signature<Signature, List<Signatures...>> =
    (std::is_same_v<Signature, Signatures> || ...);

template <class Needed, class List>
inline constexpr bool has_signatures = false;
template <template <class...> class Needed, class... Signatures, class List>
inline constexpr bool has_signatures<Needed<Signatures...>, List> =
    (has_signature<Signatures, List> && ...);

} // namespace detail

/// Whether the typed handle `Target` answers all messages of `Role`. In CAF
/// 0.17 any typed handle seems to convert to any other, so that only their
/// signatures tell.
template <class Target, class Role>
concept answers_as = detail::has_signatures<typename Role::signatures,
                                            typename Target::signatures>;

/// Actors that are asked as a `Role`: replicas that do not take an actor whose
/// type says that it cannot answer.
template <class Role>
class replicas_for : public replicas {
public:
  replicas_for() = default;

  template <class Target>
  requires std::is_constructible_v<replicas, const Target&>
  // NOLINTNEXTLINE(google-explicit-constructor): a handle is what users have.
  replicas_for(const Target& target) : replicas(target) {
    if constexpr (!is_untyped<Target>)
      static_assert(answers_as<Target, Role>,
                    "this actor does not answer the messages of the interface "
                    "that it is meant for, see the type of the option");
  }
};

} // namespace stagedoor
