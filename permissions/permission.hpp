#pragma once

#include "stagedoor/permissions/custom_rule.hpp"
#include "stagedoor/permissions/permission_base.hpp"

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace stagedoor {

class permission;

namespace detail {

template <class P>
inline constexpr bool is_ours = std::disjunction_v<
    std::is_same<P, permission>, std::is_base_of<permission_base, P>,
    std::is_convertible<P, std::shared_ptr<const permission_base>>>;

/// A plain type, not one of ours.
template <class P>
concept custom_rule = !is_ours<std::remove_cvref_t<P>>;

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

  // -- protocol/README.md, "The algebra" (combined.cpp) -----------------------
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
