#pragma once

#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/permissions/permission.hpp"

#include "caf/actor.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// An option of `actor_permission` that names the questions to ask the actor:
/// `asked_for({question::can_connect, question::has_permission})`. The list
/// must not be empty, because such a permission would allow everything.
struct asked_for {
  explicit asked_for(std::vector<question> questions);
  std::vector<question> overridden;
};

/// The options of a permission that an actor answers.
struct actor_options {
  std::vector<question> overridden{question::has_permission};
  std::chrono::milliseconds cached_for{0};
};

inline void apply(actor_options& x, asked_for option) {
  x.overridden = std::move(option.overridden);
}
inline void apply(actor_options& x, cached option) {
  x.cached_for = option.holds_for;
}

/// A permission whose questions an actor answers.
class asked_actor final : public permission_base {
public:
  asked_actor(std::string name, replicas answering,
              const actor_options& options);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string description() const override;
  [[nodiscard]] bool overrides(question asked) const override;
  [[nodiscard]] answerer answered_by() const override {
    return answerer::actor;
  }
  [[nodiscard]] std::chrono::milliseconds cached_for() const override {
    return cached_for_;
  }

  /// The actors that are asked.
  [[nodiscard]] const std::shared_ptr<const replicas>& answering() const {
    return answering_;
  }

private:
  std::string name_;
  std::shared_ptr<const replicas> answering_;
  /// The overridden questions, as bits of `question`.
  unsigned overridden_ = 0;
  std::chrono::milliseconds cached_for_;
};

namespace detail {

permission mount(std::string name, replicas answering,
                 const actor_options& options);

} // namespace detail

/// Mounts an actor of the application, on this node or on another one, as a
/// permission. For each question the actor gets a `permission_query` with the
/// whole request and its scope, and answers it with a `decision`. The
/// permission denies with 504 if the actor is late, with 503 if the actor or
/// its node is gone, and with 500 if it answers with anything else.
///
/// The scope travels to other nodes with all headers, cookies and arguments.
/// Encrypt the links between nodes (`cluster_tls`) if that matters.
/// @param target a `permission_actor`, a `caf::actor` that answers like one, or
///        a `service(…)` that nodes offer. Several actors are asked in turn.
/// @param options any of `cached(time)` and `asked_for({questions…})`; without
///        the latter the actor is asked has_permission.
/// Limits: `permission_timeout`, `can_connect_timeout`.
template <class Target, class... Options>
permission actor_permission(const std::string& name, const Target& target,
                            Options... options) {
  if constexpr (!is_untyped<Target>)
    static_assert(answers_as<Target, permission_actor>,
                  "a permission's actor answers a permission_query with a "
                  "decision");
  actor_options all;
  (apply(all, std::move(options)), ...);
  return detail::mount(name, replicas(target), all);
}

} // namespace stagedoor
