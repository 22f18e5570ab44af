#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/request.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The three questions, as bits: what a permission overrides is a set of them.
enum class question : std::uint8_t {
  can_connect = 1,
  has_permission = 2,
  has_object_permission = 4,
};

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

  /// Whether an answer may take long: then it is asked for on a worker thread.
  [[nodiscard]] virtual bool is_blocking() const { return false; }

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
};

class permission;

namespace detail {

/// What an answer may be returned as: a decision, or true for allow.
inline decision to_decision(decision x) {
  return x;
}
// What merely converts to bool (a status, a text) must not end as an allow.
inline decision to_decision(std::same_as<bool> auto allowed) {
  return allowed ? allow() : deny();
}

template <class P>
concept overrides_can_connect = requires(const P& p, const scope& s) {
  to_decision(p.can_connect(s));
};

template <class P>
concept overrides_has_permission = requires(const P& p, const scope& s,
                                            std::string_view a,
                                            const request& r) {
  to_decision(p.has_permission(s, a, r));
};

template <class P>
concept overrides_has_object_permission = requires(const P& p, const scope& s,
                                                   std::string_view a,
                                                   const request& r,
                                                   const json::value& o) {
  to_decision(p.has_object_permission(s, a, r, o));
};

// Whether a member of that name exists at all, callable or not: a class that
// inherits the name from two bases makes it ambiguous.
// clang-format off
struct named_can_connect { void can_connect(); };
struct named_has_permission { void has_permission(); };
struct named_has_object_permission { void has_object_permission(); };
template <class P, class Named> struct with_name : P, Named {};

// A class that nobody can inherit from cannot be looked into.
template <class P>
concept names_can_connect = !std::is_final_v<P>
  && !requires { &with_name<P, named_can_connect>::can_connect; };
template <class P>
concept names_has_permission = !std::is_final_v<P>
  && !requires { &with_name<P, named_has_permission>::has_permission; };
template <class P>
concept names_has_object_permission = !std::is_final_v<P>
  && !requires {
       &with_name<P, named_has_object_permission>::has_object_permission;
     };

/// A plain type, not one of ours.
template <class P>
concept custom_rule = !std::same_as<std::remove_cvref_t<P>, permission>
  && !std::derived_from<std::remove_cvref_t<P>, permission_base>
  && !std::convertible_to<P, std::shared_ptr<const permission_base>>;
// clang-format on

/// The name means the question.
template <bool Named, bool Overridden>
inline constexpr bool well_formed = Overridden || !Named;

template <class P>
inline constexpr bool answers_something =
    std::disjunction_v<std::bool_constant<overrides_can_connect<P>>,
                       std::bool_constant<overrides_has_permission<P>>,
                       std::bool_constant<overrides_has_object_permission<P>>>;

} // namespace detail

/// A permission as a value: cheap to copy, made from any type that has one or
/// more of the three questions as const members, each returning `decision` or
/// `bool`. A member of the right name and the wrong signature is a compile
/// error.
class permission {
public:
  template <detail::custom_rule P>
  // NOLINTNEXTLINE(google-explicit-constructor): lists are written as values.
  permission(P rule) : rule_(std::make_shared<model<P>>(std::move(rule))) {
    static_assert(detail::well_formed<detail::names_can_connect<P>,
                                      detail::overrides_can_connect<P>>,
                  "can_connect must be callable as "
                  "can_connect(const scope&) const -> decision or bool");
    static_assert(
        detail::well_formed<detail::names_has_permission<P>,
                            detail::overrides_has_permission<P>>,
        "has_permission must be callable as has_permission(const scope&, "
        "std::string_view action, const request&) const -> decision or bool");
    static_assert(
        detail::well_formed<detail::names_has_object_permission<P>,
                            detail::overrides_has_object_permission<P>>,
        "has_object_permission must be callable as "
        "has_object_permission(const scope&, std::string_view "
        "action, const request&, const json::value& object) const "
        "-> decision or bool");
    static_assert(detail::answers_something<P>,
                  "a permission answers at least one of can_connect, "
                  "has_permission and has_object_permission");
  }

  /// A class derived from `permission_base` names its questions itself.
  template <std::derived_from<permission_base> P>
  // NOLINTNEXTLINE(google-explicit-constructor): lists are written as values.
  permission(P rule) : rule_(std::make_shared<P>(std::move(rule))) {}

  explicit permission(std::shared_ptr<const permission_base> rule)
      : rule_(std::move(rule)) {}

  const permission_base& operator*() const { return *rule_; }
  const permission_base* operator->() const { return rule_.get(); }

private:
  template <class P>
  class model;

  std::shared_ptr<const permission_base> rule_;
};

template <class P>
class permission::model : public permission_base {
public:
  explicit model(P rule) : rule_(std::move(rule)) {}

  [[nodiscard]] std::string name() const override {
    if constexpr (requires { std::string(rule_.name()); })
      return std::string(rule_.name());
    else
      return "custom";
  }

  [[nodiscard]] bool overrides(question asked) const override {
    switch (asked) {
    case question::can_connect:
      return detail::overrides_can_connect<P>;
    case question::has_permission:
      return detail::overrides_has_permission<P>;
    case question::has_object_permission:
      return detail::overrides_has_object_permission<P>;
    }
    return true;
  }

  [[nodiscard]] bool is_blocking() const override {
    if constexpr (requires { bool(rule_.is_blocking()); })
      return rule_.is_blocking();
    else
      return false;
  }

  [[nodiscard]] decision can_connect(const scope& s) const override {
    if constexpr (detail::overrides_can_connect<P>)
      return detail::to_decision(rule_.can_connect(s));
    else
      return permission_base::can_connect(s);
  }

  [[nodiscard]] decision has_permission(const scope& s, std::string_view action,
                                        const request& r) const override {
    if constexpr (detail::overrides_has_permission<P>)
      return detail::to_decision(rule_.has_permission(s, action, r));
    else
      return permission_base::has_permission(s, action, r);
  }

  [[nodiscard]] decision
  has_object_permission(const scope& s, std::string_view action,
                        const request& r,
                        const json::value& object) const override {
    if constexpr (detail::overrides_has_object_permission<P>)
      return detail::to_decision(
          rule_.has_object_permission(s, action, r, object));
    else
      return permission_base::has_object_permission(s, action, r, object);
  }

private:
  P rule_;
};

} // namespace stagedoor
