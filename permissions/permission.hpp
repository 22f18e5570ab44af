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

/// Any type but those of this library that are permissions already.
template <class P>
concept custom_rule = !is_ours<std::remove_cvref_t<P>>;

} // namespace detail

/// A permission as a value that is cheap to copy. It is made from a lambda, or
/// from any type that has one or more of the three questions as const members
/// that return `decision` or `bool`; see custom_permission.hpp. A wrong
/// signature is a compile error.
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

  // -- protocol/README.md, "The algebra" --------------------------------------
  // The operators work on all three questions, nest to any depth, and ask from
  // left to right as far as needed. A question that a part does not override
  // counts as allow; a combination overrides each question that one of its
  // parts overrides. The operators need a permission as an operand, so that `!`
  // keeps its meaning elsewhere.

  /// Both must allow: returns the left answer unless it is allow, otherwise the
  /// right one.
  friend permission operator&(const permission& left, const permission& right);

  /// One must allow: returns allow if one of them allows, otherwise the error
  /// if there is one, otherwise the left denial. For an object, one of the two
  /// has to allow both the request and the object. It is not enough that the
  /// left one allows the request and the right one allows the object.
  friend permission operator|(const permission& left, const permission& right);

  /// Turns allow into deny and deny into allow; an error stays an error. It
  /// overrides the questions that the permission overrides.
  friend permission operator!(const permission& denied);

private:
  std::shared_ptr<const permission_base> rule_;
};

} // namespace stagedoor
