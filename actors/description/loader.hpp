#pragma once

#include "stagedoor/actors/description/action.hpp"

#include <boost/json/value_from.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

/// Hears what a loader has found: the object, or null and the answer.
using object_delivery = std::function<void(loaded_object, reply refusal)>;

/// The answer of a loader that finds its object later. Copy it to the place
/// where the object will be known and answer once; later answers are ignored.
/// If the last copy is destroyed without an answer, the client gets a 500.
/// Thread rule: any thread.
class object_promise {
public:
  explicit object_promise(object_delivery deliver);

  void answer(loaded_object found, reply refusal) const;

private:
  class state;
  std::shared_ptr<state> state_;
};

/// A parameter of a loader that finds its object later, for example because it
/// asks a database. It answers in place of the loader's return value.
template <class T>
class found_later {
public:
  explicit found_later(object_promise promise) : promise_(std::move(promise)) {}

  /// The object; without one, the client gets a 404.
  void answer(std::optional<T> object) const {
    if (object)
      promise_.answer({std::make_shared<const T>(std::move(*object))}, {});
    else
      promise_.answer({}, not_found());
  }

  /// Answers the client in place of the action.
  void refuse(reply answer) const { promise_.answer({}, std::move(answer)); }

private:
  object_promise promise_;
};

/// The loader of a handler, which finds the objects of its actions.
struct loader_definition {
  /// The loader runs on a worker thread.
  bool blocking = false;
  /// The loader takes the handler's state or the context.
  bool takes_state = false;
  argument_check check_arguments;
  /// The names of its declared arguments.
  std::vector<std::string> arguments;
  /// Finds the object. May throw. The arguments have been checked before.
  /// Empty if the loader answers later.
  std::function<loaded_object(const invocation&)> load;
  /// Begins to find the object, for a loader that answers later. May throw.
  std::function<void(const request&, object_promise)> begin;
  /// Makes the JSON that permissions see of an object; empty if the object does
  /// not convert to JSON.
  std::function<json::value(const loaded_object&)> to_json;

  /// Whether it runs on the runner, and so may take the handler's state.
  [[nodiscard]] bool needs_runner() const { return !blocking && !begin; }
};

inline void apply(loader_definition& x, blocking_t) {
  x.blocking = true;
}

namespace detail {

/// The type of the object that a loader finds, by the type that it returns.
template <class R>
struct found_in {};
template <class T>
struct found_in<std::optional<T>> {
  using type = T;
  static loaded_object wrap(std::optional<T> found) {
    if (!found)
      return {};
    return {std::make_shared<const T>(std::move(*found))};
  }
};
template <class T>
struct found_in<std::shared_ptr<T>> {
  using type = std::remove_const_t<T>;
  static loaded_object wrap(std::shared_ptr<T> found) {
    return {std::move(found)};
  }
};

template <class R>
concept finds_object = requires {
  typename found_in<R>::type;
};

/// What a parameter of a loader says that it finds; void for any other one.
template <class P>
struct later_of {
  using type = void;
};
template <class T>
struct later_of<found_later<T>> {
  using type = T;
};

template <class P>
inline constexpr bool answers_later =
    !std::is_void_v<typename later_of<bare<P>>::type>;

/// What the parameters of a loader say that it finds.
template <class Parameters>
struct found_by_parameter : later_of<void> {};
template <class P, class... Ps>
struct found_by_parameter<std::tuple<P, Ps...>>
    : std::conditional_t<answers_later<P>, later_of<bare<P>>,
                         found_by_parameter<std::tuple<Ps...>>> {};

template <class F>
using found_later_by =
    typename found_by_parameter<typename signature<F>::parameters>::type;

template <class F, class Later = found_later_by<F>>
struct found_object {
  using type = Later;
};
template <class F>
struct found_object<F, void>
    : found_in<std::remove_cvref_t<typename signature<F>::result>> {};

/// The type of the object that a callable finds.
template <class F>
using found_by = typename found_object<F>::type;

template <class State, class F, class... Ps>
std::function<loaded_object(const invocation&)>
bind_loader(F f, std::tuple<Ps...>*) {
  static_assert(
      std::conjunction_v<std::bool_constant<takes_any<Ps, State>>...>,
      "a loader takes any of: const request&, const context&, the handler's "
      "state by reference, and arg<\"name\", T> by value");
  return [f = std::move(f)](const invocation& x) {
    json::object errors;
    std::tuple<held<Ps, State>...> values{parameter<Ps, State>(x, errors)...};
    using result = std::remove_cvref_t<typename signature<F>::result>;
    return found_in<result>::wrap(std::apply(f, std::move(values)));
  };
}

/// A parameter of a loader that answers later.
template <class P, class State>
decltype(auto) late_parameter(const invocation& x, json::object& errors,
                              const object_promise& promise) {
  if constexpr (answers_later<P>)
    return bare<P>(promise);
  else
    return parameter<P, State>(x, errors);
}

template <class F, class... Ps>
std::function<void(const request&, object_promise)>
bind_late_loader(F f, std::tuple<Ps...>*) {
  static_assert(
      std::conjunction_v<std::bool_constant<
          answers_later<Ps> || takes_arg<Ps> || takes_request<Ps>>...>,
      "a loader that answers later takes found_later<T>, const "
      "request& and arg<\"name\", T>");
  return [f = std::move(f)](const request& about, const object_promise& made) {
    json::object errors;
    const invocation x{about};
    std::tuple<decltype(late_parameter<Ps, stateless>(x, errors, made))...>
        values{late_parameter<Ps, stateless>(x, errors, made)...};
    std::apply(f, std::move(values));
  };
}

} // namespace detail

/// Turns a callable into the loader of a handler.
template <class State, class F, class... Options>
loader_definition define_loader(F f, Options... options) {
  using signature = detail::signature<F>;
  using result = std::remove_cvref_t<typename signature::result>;
  static_assert(
      signature::is_const,
      "a loader is shared by all threads of the server: no `mutable`");
  constexpr bool is_late = !std::is_void_v<detail::found_later_by<F>>;
  static_assert(
      is_late ? std::is_void_v<result> : detail::finds_object<result>,
      "a loader returns std::optional<T> or std::shared_ptr<const T>, or takes "
      "found_later<T> and returns nothing");
  constexpr bool is_blocking = (std::is_same_v<Options, blocking_t> || ...);
  constexpr auto parameters =
      static_cast<typename signature::parameters*>(nullptr);
  static_assert(!is_late || !is_blocking,
                "a loader that answers later blocks nobody");
  if constexpr (is_blocking)
    []<class... Ps>(std::tuple<Ps...>*) {
      static_assert(
          std::conjunction_v<std::bool_constant<detail::is_thread_safe<Ps>>...>,
          "a blocking loader runs on a worker thread: it takes const request& "
          "and arg<\"name\", T> only");
    }(parameters);
  loader_definition made;
  (apply(made, options), ...);
  made.check_arguments = detail::make_argument_check(parameters);
  made.arguments = detail::argument_names(parameters);
  if constexpr (!is_late)
    made.takes_state = []<class... Ps>(std::tuple<Ps...>*) {
      return !((detail::takes_request<Ps> || detail::takes_arg<Ps>)&&...);
    }(parameters);
  if constexpr (is_late)
    made.begin = detail::bind_late_loader(std::move(f), parameters);
  else
    made.load = detail::bind_loader<State>(std::move(f), parameters);
  using found = detail::found_by<F>;
  if constexpr (json::has_value_from<found>::value)
    made.to_json = [](const loaded_object& object) {
      return json::value_from(
          *std::static_pointer_cast<const found>(object.value));
    };
  else if constexpr (requires(const found& x) { found::described().write(x); })
    made.to_json = [](const loaded_object& object) -> json::value {
      return found::described().write(
          *std::static_pointer_cast<const found>(object.value));
    };
  return made;
}

} // namespace stagedoor
