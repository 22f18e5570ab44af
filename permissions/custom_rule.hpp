#pragma once

#include "stagedoor/permissions/permission_base.hpp"

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

// -- options of a custom permission -------------------------------------------

/// The permission runs on a worker thread, because it waits or computes for
/// long. This is also an option of actions.
struct blocking_t {};
inline constexpr blocking_t blocking{};

/// The answer to has_permission holds for this time for the same connection,
/// action and route. Only for permissions that look at nothing else of a
/// message.
struct cached {
  explicit cached(std::chrono::milliseconds time) : holds_for(time) {}
  std::chrono::milliseconds holds_for;
};

/// The options of a custom permission.
struct custom_options {
  std::optional<std::string> name;
  bool is_blocking = false;
  std::optional<std::chrono::milliseconds> cached_for;
};

inline void apply(custom_options& x, blocking_t) {
  x.is_blocking = true;
}
inline void apply(custom_options& x, cached option) {
  x.cached_for = option.holds_for;
}

namespace detail {

/// A permission may return a decision, or a bool, where true means allow.
inline decision to_decision(decision x) {
  return x;
}
// A value that merely converts to bool (a status, a text) must not become an
// allow.
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

// Whether the class has a member of that name at all, callable or not. In a
// class that inherits the name from two bases it is ambiguous. clang-format off
struct named_can_connect {
  void can_connect();
};
struct named_has_permission {
  void has_permission();
};
struct named_has_object_permission {
  void has_object_permission();
};
template <class P, class Named>
struct with_name : P, Named {};

// No class can inherit from a final class, so this takes the address of its
// member instead. Overloaded members have no address.
template <class P>
concept names_can_connect =
    (std::is_final_v<P> && requires { &P::can_connect; })
    || (!std::is_final_v<P> && !requires {
         &with_name<P, named_can_connect>::can_connect;
       });
template <class P>
concept names_has_permission =
    (std::is_final_v<P> && requires { &P::has_permission; })
    || (!std::is_final_v<P> && !requires {
         &with_name<P, named_has_permission>::has_permission;
       });
template <class P>
concept names_has_object_permission =
    (std::is_final_v<P> && requires { &P::has_object_permission; })
    || (!std::is_final_v<P> && !requires {
         &with_name<P, named_has_object_permission>::has_object_permission;
       });
// clang-format on

/// A member with the name of a question must answer that question.
template <bool Named, bool Overridden>
inline constexpr bool well_formed = Overridden || !Named;

template <class P>
inline constexpr bool answers_something =
    std::disjunction_v<std::bool_constant<overrides_can_connect<P>>,
                       std::bool_constant<overrides_has_permission<P>>,
                       std::bool_constant<overrides_has_object_permission<P>>>;

// -- lambdas ------------------------------------------------------------------

/// A lambda or a function without templates and overloads. Its one signature
/// says which question it answers.
template <class F>
concept callable_rule = requires {
  &F::operator();
}
|| std::is_function_v<std::remove_pointer_t<F>>;

// clang-format off
template <class F>
concept rule_takes_scope = requires(const F& f, const scope& s) {
  to_decision(f(s));
};
template <class F>
concept rule_takes_request = requires(const F& f, const request& r) {
  to_decision(f(r));
};
template <class F>
concept rule_takes_action =
  requires(const F& f, const scope& s, std::string_view a, const request& r) {
    to_decision(f(s, a, r));
  };
template <class F>
concept rule_takes_object =
  requires(const F& f, const request& r, const json::value& o) {
    to_decision(f(r, o));
  };
template <class F>
concept rule_takes_action_and_object =
  requires(const F& f, const scope& s, std::string_view a, const request& r,
           const json::value& o) {
    to_decision(f(s, a, r, o));
  };
// clang-format on

/// Wraps a lambda into a type with one of the three questions.
template <class F>
class lambda_rule {
public:
  explicit lambda_rule(F f) : f_(std::move(f)) {}

  auto can_connect(const scope& s) const requires rule_takes_scope<F> {
    return f_(s);
  }

  auto has_permission(const scope& s, std::string_view action,
                      const request& r) const
      requires(rule_takes_request<F> || rule_takes_action<F>) {
    if constexpr (rule_takes_request<F>)
      return f_(r);
    else
      return f_(s, action, r);
  }

  auto has_object_permission(const scope& s, std::string_view action,
                             const request& r, const json::value& object) const
      requires(rule_takes_object<F> || rule_takes_action_and_object<F>) {
    if constexpr (rule_takes_object<F>)
      return f_(r, object);
    else
      return f_(s, action, r, object);
  }

private:
  F f_;
};

// -- a type or a lambda as a permission ---------------------------------------

template <class P>
class custom_model final : public permission_base {
public:
  custom_model(P rule, custom_options options)
      : rule_(std::move(rule)), options_(std::move(options)) {}

  [[nodiscard]] std::string name() const override {
    if (options_.name)
      return *options_.name;
    if constexpr (requires { std::string(rule_.name()); })
      return std::string(rule_.name());
    else
      return "custom";
  }

  [[nodiscard]] std::string description() const override {
    if constexpr (requires { std::string(rule_.description()); })
      return std::string(rule_.description());
    else
      return permission_base::description();
  }

  [[nodiscard]] std::vector<std::string> codenames() const override {
    if constexpr (requires { std::vector<std::string>(rule_.codenames()); })
      return rule_.codenames();
    else
      return permission_base::codenames();
  }

  [[nodiscard]] bool overrides(question asked) const override {
    switch (asked) {
    case question::can_connect:
      return overrides_can_connect<P>;
    case question::has_permission:
      return overrides_has_permission<P>;
    case question::has_object_permission:
      return overrides_has_object_permission<P>;
    }
    return true;
  }

  [[nodiscard]] answerer answered_by() const override {
    auto is_blocking = options_.is_blocking;
    if constexpr (requires { bool(rule_.is_blocking()); })
      is_blocking |= rule_.is_blocking();
    return is_blocking ? answerer::worker_thread : answerer::unit;
  }

  [[nodiscard]] std::chrono::milliseconds cached_for() const override {
    if (options_.cached_for)
      return *options_.cached_for;
    if constexpr (requires { std::chrono::milliseconds(rule_.cached_for()); })
      return rule_.cached_for();
    else
      return permission_base::cached_for();
  }

  [[nodiscard]] bool allows_all_of(const scope& s) const override {
    if constexpr (requires { bool(rule_.allows_all_of(s)); })
      return rule_.allows_all_of(s);
    else
      return permission_base::allows_all_of(s);
  }

  [[nodiscard]] decision can_connect(const scope& s) const override {
    if constexpr (overrides_can_connect<P>)
      return to_decision(rule_.can_connect(s));
    else
      return permission_base::can_connect(s);
  }

  [[nodiscard]] decision has_permission(const scope& s, std::string_view action,
                                        const request& r) const override {
    if constexpr (overrides_has_permission<P>)
      return to_decision(rule_.has_permission(s, action, r));
    else
      return permission_base::has_permission(s, action, r);
  }

  [[nodiscard]] decision
  has_object_permission(const scope& s, std::string_view action,
                        const request& r,
                        const json::value& object) const override {
    if constexpr (overrides_has_object_permission<P>)
      return to_decision(rule_.has_object_permission(s, action, r, object));
    else
      return permission_base::has_object_permission(s, action, r, object);
  }

private:
  P rule_;
  custom_options options_;
};

template <class P>
std::shared_ptr<const permission_base> make_custom(P rule,
                                                   custom_options options) {
  if constexpr (callable_rule<P>) {
    constexpr auto forms = int{rule_takes_scope<P>} + int{rule_takes_request<P>}
                           + int{rule_takes_action<P>}
                           + int{rule_takes_object<P>}
                           + int{rule_takes_action_and_object<P>};
    static_assert(
        forms == 1,
        "a lambda as a permission takes (const scope&) for can_connect, (const "
        "request&) or (const scope&, std::string_view action, const request&) "
        "for has_permission, the same with a const json::value& object behind "
        "for has_object_permission; it is const and returns decision or bool");
    return std::make_shared<custom_model<lambda_rule<P>>>(
        lambda_rule<P>(std::move(rule)), std::move(options));
  } else {
    static_assert(well_formed<names_can_connect<P>, overrides_can_connect<P>>,
                  "can_connect must be callable as "
                  "can_connect(const scope&) const -> decision or bool");
    static_assert(
        well_formed<names_has_permission<P>, overrides_has_permission<P>>,
        "has_permission must be callable as has_permission(const scope&, "
        "std::string_view action, const request&) const -> decision or bool");
    static_assert(well_formed<names_has_object_permission<P>,
                              overrides_has_object_permission<P>>,
                  "has_object_permission must be callable as "
                  "has_object_permission(const scope&, std::string_view "
                  "action, const request&, const json::value& object) const "
                  "-> decision or bool");
    static_assert(answers_something<P>,
                  "a permission answers at least one of can_connect, "
                  "has_permission and has_object_permission");
    return std::make_shared<custom_model<P>>(std::move(rule),
                                             std::move(options));
  }
}

template <class P>
std::shared_ptr<const permission_base> make_custom(P rule) {
  return make_custom(std::move(rule), custom_options{});
}

} // namespace detail

} // namespace stagedoor
