#pragma once

#include "stagedoor/actors/description/action_definition.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/takes.hpp"

#include <concepts>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

/// Stands for the state of a handler without state.
struct stateless {};

namespace detail {

template <class P>
inline constexpr bool takes_request =
    std::is_same_v<P, const request&> || std::is_same_v<P, request>;

template <class P>
inline constexpr bool takes_context = std::is_same_v<bare<P>, context>;

template <class P>
inline constexpr bool takes_notifier =
    std::is_same_v<P, const notifier&> || std::is_same_v<P, notifier>;

template <class P, class State>
inline constexpr bool takes_state =
    !std::is_same_v<State, stateless> && std::is_same_v<P, State&>;

template <class P>
inline constexpr bool takes_arg =
    is_arg<bare<P>>::value
    && !(std::is_lvalue_reference_v<
             P> && !std::is_const_v<std::remove_reference_t<P>>);

template <class T>
struct is_loaded : std::false_type {};
template <class T>
struct is_loaded<loaded<T>> : std::true_type {};

/// Whether a parameter is what a loader finds.
template <class P>
inline constexpr bool wants_object = is_loaded<bare<P>>::value;

/// Whether it is what this handler's loader finds.
template <class P, class Object>
inline constexpr bool takes_object =
    std::is_same_v<P,
                   loaded<Object>> || std::is_same_v<P, const loaded<Object>&>;

/// Whether something is an option of what is defined.
template <class Option, class Definition>
concept is_option = requires(Definition& x, Option option) {
  apply(x, std::move(option));
};

template <class P, class State>
decltype(auto) parameter(const invocation& x, json::object& errors) {
  if constexpr (takes_request<P>)
    return (x.request);
  else if constexpr (takes_context<P>)
    return (*x.context);
  else if constexpr (takes_notifier<P>)
    return (*x.notifier);
  else if constexpr (takes_state<P, State>)
    return *static_cast<State*>(x.state);
  else if constexpr (wants_object<P>)
    return bare<P>(x.object);
  else
    return bare<P>::from(x.request, errors);
}

/// The arguments are held in a tuple while all of them are checked.
template <class P, class State>
using held = decltype(parameter<P, State>(std::declval<const invocation&>(),
                                          std::declval<json::object&>()));

template <class P, class State>
inline constexpr bool takes_any =
    std::disjunction_v<std::bool_constant<takes_request<P>>,
                       std::bool_constant<takes_context<P>>,
                       std::bool_constant<takes_notifier<P>>,
                       std::bool_constant<takes_state<P, State>>,
                       std::bool_constant<takes_arg<P>>>;

/// Whether what a callable begins may outlive its run.
template <class R, class... Ps>
constexpr bool needs_connection(std::tuple<Ps...>*) {
  return is_late<R> || (takes_context<Ps> || ...);
}

/// Whether a callable has to be run by the runner.
template <class State, class R, class... Ps>
constexpr bool needs_runner(std::tuple<Ps...>* list) {
  return needs_connection<R>(list) || (takes_state<Ps, State> || ...);
}

/// Runs on a worker thread: no context, no state.
template <class P>
inline constexpr bool is_thread_safe = std::disjunction_v<
    std::bool_constant<takes_request<P>>, std::bool_constant<takes_notifier<P>>,
    std::bool_constant<takes_arg<P>>, std::bool_constant<wants_object<P>>>;

/// The checks of all declared arguments of a callable.
template <class... Ps>
argument_check make_argument_check(std::tuple<Ps...>*) {
  return [](const request& about, json::object& errors) {
    [[maybe_unused]] auto check = [&]<class P>(std::type_identity<P>) {
      if constexpr (takes_arg<P>)
        bare<P>::from(about, errors);
    };
    (check(std::type_identity<Ps>{}), ...);
  };
}

/// The names of all declared arguments of a callable.
template <class... Ps>
std::vector<std::string> argument_names(std::tuple<Ps...>*) {
  std::vector<std::string> result;
  [[maybe_unused]] auto add = [&]<class P>(std::type_identity<P>) {
    if constexpr (takes_arg<P>)
      result.emplace_back(bare<P>::name);
  };
  (add(std::type_identity<Ps>{}), ...);
  return result;
}

/// Runs an action that is a coroutine. Its frame keeps what the action refers
/// to; the runner keeps the handler, and so the callable, longer than the
/// frame.
template <class State, class F, class... Ps>
task<reply> run_task(const F* f, request message, context ctx, void* state,
                     loaded_object object, const notifier* tells,
                     std::tuple<Ps...>*) {
  const invocation input{message, &ctx, state, std::move(object), tells};
  json::object errors;
  std::tuple<held<Ps, State>...> values{parameter<Ps, State>(input, errors)...};
  if (!errors.empty())
    co_return reject(std::move(errors));
  co_return co_await to_task(std::apply(*f, std::move(values)));
}

template <class State, class Object, class F, class R, class... Ps>
std::function<outcome(const invocation&)> bind(F f, std::tuple<Ps...>*) {
  static_assert(
      std::conjunction_v<
          std::bool_constant<takes_any<Ps, State> || wants_object<Ps>>...>,
      "an action takes any of: const request&, const context&, const "
      "notifier&, the handler's state by reference, arg<\"name\", T> and "
      "loaded<T> by value");
  static_assert(
      std::conjunction_v<
          std::bool_constant<!wants_object<Ps> || takes_object<Ps, Object>>...>,
      "an action that takes loaded<T> belongs behind .loads(f) of its handler, "
      "where f finds a T");
  static_assert(
      is_result<R>,
      "an action returns reply, deferred, what ok(...) takes, void, or "
      "a task of what is at once");
  static_assert(
      gives_reply<R>,
      "a coroutine gives its action reply, what ok(...) takes, or void, "
      "and awaits what comes later: task<reply>");
  if constexpr (is_task<R>::value)
    return [f = std::move(f)](const invocation& x) -> outcome {
      return begin_task(
          *x.context,
          run_task<State>(&f, x.request, *x.context, x.state, x.object,
                          x.notifier,
                          static_cast<std::tuple<Ps...>*>(nullptr)));
    };
  else
    return [f = std::move(f)](const invocation& x) -> outcome {
      json::object errors;
      // Braces: left to right, so that errors come in the order of declaration.
      std::tuple<held<Ps, State>...> values{parameter<Ps, State>(x, errors)...};
      if (!errors.empty())
        return reject(std::move(errors));
      return to_outcome<R>(
          [&]() -> R { return std::apply(f, std::move(values)); });
    };
}

} // namespace detail

namespace detail {

/// Whether an action with these options can run once for each key: its answer
/// has to reach the client, and to be the same for each message.
template <class... Options>
constexpr void check_exactly_once() {
  constexpr bool is_once = (std::is_same_v<Options, exactly_once_t> || ...);
  static_assert(!is_once || !(std::is_same_v<Options, no_reply_t> || ...),
                "an action that runs exactly once has an answer to keep, so no "
                "no_reply");
  static_assert(!is_once || !(std::is_same_v<Options, idempotent_t> || ...),
                "an action runs exactly once, or another actor may begin it "
                "again: exactly_once or idempotent");
  static_assert(
      !is_once
          || !((std::is_same_v<
                    Options,
                    subscribes> || std::is_same_v<Options, unsubscribes_t>)
               || ...),
      "an answer that was kept begins and ends no subscription, so "
      "exactly_once goes neither with subscribes{...} nor with unsubscribes");
}

/// The same for a callable whose parameters are known.
template <class State, class Object, class F, class... Options>
action_definition make_action(std::string name, F f, Options... options) {
  using signature = detail::signature<F>;
  static_assert(signature::is_const,
                "an action is shared by all threads of the server: what it "
                "changes belongs into the handler's state, so no `mutable`");
  constexpr bool is_blocking = (std::is_same_v<Options, blocking_t> || ...);
  static_assert((int{std::is_same_v<Options, guarded_by>} + ... + 0) <= 1,
                "an action has one list of its own: guarded_by(a, b)");
  if constexpr (is_blocking)
    []<class... Ps>(std::tuple<Ps...>*) {
      static_assert(
          std::conjunction_v<std::bool_constant<detail::is_thread_safe<Ps>>...>,
          "a blocking action runs on a worker thread: it takes const request&, "
          "const notifier&, arg<\"name\", T> and loaded<T> only");
      static_assert(!detail::is_task<typename signature::result>::value,
                    "a blocking action is no coroutine: it may wait where it "
                    "is, and returns its reply");
      static_assert(
          !detail::is_late<
              typename signature::
                  result> || detail::is_task<typename signature::result>::value,
          "a blocking action returns its reply");
    }(static_cast<typename signature::parameters*>(nullptr));
  check_exactly_once<Options...>();
  action_definition result;
  result.name = std::move(name);
  (apply(result, std::move(options)), ...);
  constexpr auto parameters =
      static_cast<typename signature::parameters*>(nullptr);
  result.takes_object = []<class... Ps>(std::tuple<Ps...>*) {
    return (detail::wants_object<Ps> || ...);
  }(parameters);
  result.needs_runner =
      detail::needs_runner<State, typename signature::result>(parameters);
  result.needs_connection =
      detail::needs_connection<typename signature::result>(parameters);
  result.arguments = detail::argument_names(parameters);
  if (result.takes_object || result.exactly_once)
    result.check_arguments = detail::make_argument_check(parameters);
  result.run = detail::bind<State, Object, F, typename signature::result>(
      std::move(f), parameters);
  return result;
}

} // namespace detail

/// Turns a callable into an entry of an action table.
/// @tparam Object the type that the handler's loader finds; void without a
///        loader.
template <class State, class Object, class F, class... Options>
action_definition define_action(std::string name, F f, Options... options) {
  constexpr bool is_known = detail::is_callback<F>;
  constexpr bool is_copied = std::is_copy_constructible_v<F>;
  constexpr bool has_options =
      (detail::is_option<Options, action_definition> && ...);
  static_assert(is_known, "an action has one signature: a lambda without auto "
                          "parameters, or a function that is not overloaded");
  static_assert(is_copied, "an action is copied with its handler, so it "
                           "captures a shared_ptr, and no unique_ptr");
  static_assert(has_options,
                "the options of an action are blocking, concurrent, no_reply, "
                "idempotent, exactly_once, broadcasts(...), guarded_by(...), "
                "guarded_like{...}, subscribes{...} and unsubscribes");
  if constexpr (is_known && is_copied && has_options)
    return detail::make_action<State, Object>(std::move(name), std::move(f),
                                              std::move(options)...);
  else
    return {};
}

namespace detail {

/// Whether something is an option of an action that another actor runs.
template <class Option>
inline constexpr bool is_mounted_option =
    std::conjunction_v<std::bool_constant<is_option<Option, action_definition>>,
                       std::negation<std::is_same<Option, subscribes>>,
                       std::negation<std::is_same<Option, unsubscribes_t>>>;

} // namespace detail

/// Makes an entry of an action table for an action that mounted actors run.
template <class... Args, class... Options>
action_definition define_mounted_action(std::string name, takes<Args...>,
                                        Options... options) {
  constexpr bool is_blocking = (std::is_same_v<Options, blocking_t> || ...);
  constexpr bool has_options = (detail::is_mounted_option<Options> && ...);
  static_assert(!is_blocking, "a mounted actor blocks nobody");
  static_assert(has_options,
                "the options of an action of mounted actors are concurrent, "
                "no_reply, idempotent, exactly_once, broadcasts(...), "
                "guarded_by(...) and guarded_like{...}");
  static_assert((int{std::is_same_v<Options, guarded_by>} + ... + 0) <= 1,
                "an action has one list of its own: guarded_by(a, b)");
  detail::check_exactly_once<Options...>();
  action_definition result;
  result.name = std::move(name);
  if constexpr (has_options)
    (apply(result, std::move(options)), ...);
  if constexpr (sizeof...(Args) > 0) {
    constexpr auto arguments = static_cast<std::tuple<Args...>*>(nullptr);
    result.arguments = detail::argument_names(arguments);
    result.check_arguments = detail::make_argument_check(arguments);
  }
  return result;
}

} // namespace stagedoor
