#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/request.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
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
class permission;
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

namespace detail {

template <class P>
inline constexpr bool is_ours = std::disjunction_v<
    std::is_same<P, permission>, std::is_base_of<permission_base, P>,
    std::is_convertible<P, std::shared_ptr<const permission_base>>>;

/// A plain type, not one of ours.
template <class P>
concept custom_rule = !is_ours<std::remove_cvref_t<P>>;

/// Makes a permission of a plain type; see custom_permission.hpp.
template <class P>
std::shared_ptr<const permission_base> make_custom(P rule);

} // namespace detail

/// A permission as a value: cheap to copy, made from any type that has one or
/// more of the three questions as const members, each returning `decision` or
/// `bool`, or from a lambda; see custom_permission.hpp. A wrong signature is a
/// compile error.
class permission {
public:
  template <detail::custom_rule P>
  // NOLINTNEXTLINE(google-explicit-constructor): lists are written as values.
  permission(P rule) : rule_(detail::make_custom(std::move(rule))) {}

  /// A class derived from `permission_base` names its questions itself.
  template <std::derived_from<permission_base> P>
  // NOLINTNEXTLINE(google-explicit-constructor): lists are written as values.
  permission(P rule) : rule_(std::make_shared<P>(std::move(rule))) {}

  explicit permission(std::shared_ptr<const permission_base> rule)
      : rule_(std::move(rule)) {}

  const permission_base& operator*() const { return *rule_; }
  const permission_base* operator->() const { return rule_.get(); }

  // -- the algebra of PROTOCOL.md, section 6 (combined.cpp) -------------------
  // Over all three questions, nested at will, lazy from left to right. A
  // question that a part does not override counts as allow; a compound
  // overrides what any part overrides. Found where an operand is a permission:
  // elsewhere `!` keeps its meaning.

  /// Both: the left one's answer unless it allows, else the right one's.
  friend permission operator&(const permission& left, const permission& right);

  /// Either: an allow if one allows; else the error if there is one; else the
  /// left one's denial. For an object, one of the two has to allow both the
  /// request and the object: a yes of the left one to the request and of the
  /// right one to the object do not add up.
  friend permission operator|(const permission& left, const permission& right);

  /// Not: allow and deny change places, an error stays an error. Does not
  /// override what the permission does not override.
  friend permission operator!(const permission& denied);

private:
  std::shared_ptr<const permission_base> rule_;
};

} // namespace stagedoor

#include "stagedoor/permissions/custom_permission.hpp"
