#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/request.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The three questions as bits, so that the overridden questions of a
/// permission are a set of them.
enum class question : std::uint8_t {
  can_connect = 1,
  has_permission = 2,
  has_object_permission = 4,
};

/// Says where a permission is asked.
enum class answerer : std::uint8_t {
  /// On the unit of the connection, because the permission only computes.
  unit,
  /// On a worker thread, because it blocks or computes for long.
  worker_thread,
  /// In an actor of the application.
  actor,
};

class evaluation;
struct explanation;

/// The base of all permissions. It has three questions and answers each of them
/// with allow, unless the permission overrides it. A permission is pure: it has
/// no socket and no actor and does not wait.
/// Thread rule: many threads may ask at the same time. A permission is
/// immutable, or guards the data that it changes.
class permission_base {
public:
  virtual ~permission_base();

  /// Returns the name for logs and tables, for instance `IsAuthenticated`.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Returns whether the permission overrides the question.
  [[nodiscard]] virtual bool overrides(question asked) const = 0;

  /// Says in a few words who is allowed, for instance `staff`.
  [[nodiscard]] virtual std::string description() const { return {}; }

  /// Returns the codenames that the permission looks for.
  [[nodiscard]] virtual std::vector<std::string> codenames() const {
    return {};
  }

  [[nodiscard]] virtual answerer answered_by() const { return answerer::unit; }

  /// Returns how long an answer to has_permission holds for the same
  /// connection, action and route; 0 if the permission is asked for every
  /// message. A permission with another value must look at nothing else of a
  /// message.
  [[nodiscard]] virtual std::chrono::milliseconds cached_for() const {
    return std::chrono::milliseconds{0};
  }

  /// Returns whether has_permission allows every message of this scope. Nobody
  /// asks it then, which saves the way through the permission pool. The answer
  /// depends on nothing but the scope, and false only means that the permission
  /// has to be asked. Must not throw.
  [[nodiscard]] virtual bool allows_all_of(const scope& scope) const;

  /// Asked before the connection is accepted.
  [[nodiscard]] virtual decision can_connect(const scope& scope) const;

  /// Asked for every message.
  [[nodiscard]] virtual decision has_permission(const scope& scope,
                                                std::string_view action,
                                                const request& request) const;

  /// Asked whenever an action has loaded an object.
  [[nodiscard]] virtual decision
  has_object_permission(const scope& scope, std::string_view action,
                        const request& request,
                        const json::value& object) const;

  // -- for combined_permission ------------------------------------------------

  /// Returns the answer within the evaluation `in`, which keeps it; null while
  /// an answer is awaited.
  [[nodiscard]] virtual const decision* answer(question asked,
                                               evaluation& in) const;

  /// Appends the explanations of the parts.
  virtual void explain_parts(question asked, evaluation& in,
                             std::vector<explanation>& out) const;

  /// Appends the permissions that have no parts, from left to right.
  virtual void collect_leaves(std::vector<const permission_base*>& out) const;
};

} // namespace stagedoor
