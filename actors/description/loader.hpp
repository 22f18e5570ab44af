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

/// The loader of a handler, which finds the objects of its actions.
struct loader_definition {
  /// The loader runs on a worker thread.
  bool blocking = false;
  argument_check check_arguments;
  /// The names of its declared arguments.
  std::vector<std::string> arguments;
  /// Finds the object. May throw. The arguments have been checked before.
  std::function<loaded_object(const invocation&)> load;
  /// Makes the JSON that permissions see of an object; empty if the object does
  /// not convert to JSON.
  std::function<json::value(const loaded_object&)> to_json;
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

template <class F>
using found_by =
    typename found_in<std::remove_cvref_t<typename signature<F>::result>>::type;

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

} // namespace detail

/// Turns a callable into the loader of a handler.
template <class State, class F, class... Options>
loader_definition define_loader(F f, Options... options) {
  using signature = detail::signature<F>;
  using result = std::remove_cvref_t<typename signature::result>;
  static_assert(
      signature::is_const,
      "a loader is shared by all threads of the server: no `mutable`");
  static_assert(
      detail::finds_object<result>,
      "a loader returns std::optional<T> or std::shared_ptr<const T>");
  constexpr bool is_blocking = (std::is_same_v<Options, blocking_t> || ...);
  constexpr auto parameters =
      static_cast<typename signature::parameters*>(nullptr);
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
  made.load = detail::bind_loader<State>(std::move(f), parameters);
  using found = typename detail::found_in<result>::type;
  if constexpr (json::has_value_from<found>::value)
    made.to_json = [](const loaded_object& object) {
      return json::value_from(
          *std::static_pointer_cast<const found>(object.value));
    };
  return made;
}

} // namespace stagedoor
