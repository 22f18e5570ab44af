#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/request.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The three questions, as bits: what a permission overrides is a set of them.
enum class question : std::uint8_t {
  can_connect = 1,
  has_permission = 2,
  has_object_permission = 4,
};

/// Who answers for a permission.
enum class answerer : std::uint8_t {
  /// The unit of the connection: the permission only computes.
  unit,
  /// A worker thread: it blocks, or computes for long.
  worker_thread,
  /// An actor of the application.
  actor,
};

class evaluation;
struct explanation;

/// The base of all permissions: three questions, each answered *allow* unless
/// overridden. Pure: no socket, no actor, no waiting.
/// Thread rule: asked from any thread, at the same time; so it is immutable, or
/// guards what it changes.
class permission_base {
public:
  virtual ~permission_base();

  /// The name for logs and tables, for instance `IsAuthenticated`.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Whether the question is overridden.
  [[nodiscard]] virtual bool overrides(question asked) const = 0;

  /// Whom it lets through, in a few words, for instance `staff`.
  [[nodiscard]] virtual std::string description() const { return {}; }

  /// The codenames that it looks for.
  [[nodiscard]] virtual std::vector<std::string> codenames() const {
    return {};
  }

  [[nodiscard]] virtual answerer answered_by() const { return answerer::unit; }

  /// For how long an answer to has_permission holds for the same connection,
  /// action and route; 0: it is asked for every message. Whoever declares that
  /// looks at nothing else of a message.
  [[nodiscard]] virtual std::chrono::milliseconds cached_for() const {
    return std::chrono::milliseconds{0};
  }

  /// Before the connection is accepted.
  [[nodiscard]] virtual decision can_connect(const scope& scope) const;

  /// For every message.
  [[nodiscard]] virtual decision has_permission(const scope& scope,
                                                std::string_view action,
                                                const request& request) const;

  /// Whenever an action loads an object.
  [[nodiscard]] virtual decision
  has_object_permission(const scope& scope, std::string_view action,
                        const request& request,
                        const json::value& object) const;

  // -- for permissions that are made of others, see combined.cpp --------------

  /// The answer as a part of `in`; nothing while an answer is awaited.
  [[nodiscard]] virtual std::optional<decision> answer(question asked,
                                                       evaluation& in) const;

  /// Adds how the parts have answered.
  virtual void explain_parts(question asked, evaluation& in,
                             std::vector<explanation>& out) const;

  /// Appends the permissions that have no parts, from left to right.
  virtual void collect_leaves(std::vector<const permission_base*>& out) const;
};

} // namespace stagedoor
