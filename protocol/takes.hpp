#pragma once

#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace stagedoor {

namespace detail {

template <class T>
struct is_arg : std::false_type {};
template <argument_name Name, class T>
struct is_arg<arg<Name, T>> : std::true_type {};

} // namespace detail

/// The arguments of an action that an actor of the application runs, written
/// `takes<arg<"item", std::string>, arg<"count", int>>()`. A handler that
/// mounts the actor declares its action with them, and the actor takes them out
/// of its messages with the same type.
/// Thread rule: any thread.
template <class... Args>
struct takes {
  static_assert((detail::is_arg<Args>::value && ...),
                "takes<...> lists arguments: takes<arg<\"item\", "
                "std::string>>()");

  /// Takes all arguments out of a message, each as `arg::from` does.
  /// @param errors gets the errors of all arguments by name. If there are any,
  ///        those arguments have the value of `T{}`.
  static std::tuple<Args...> from([[maybe_unused]] const request& message,
                                  [[maybe_unused]] json::object& errors) {
    // Braces: left to right, so that errors come in the order of declaration.
    return std::tuple<Args...>{Args::from(message, errors)...};
  }

  /// Returns what `f` returns for the arguments of a message, or a 400 with the
  /// errors of all of them, as an action of a handler gives it.
  /// @param f takes the arguments in the order of the list, and returns a reply
  ///        or what can be made of one, such as `caf::result<reply>`.
  template <class F>
  static auto call(const request& message, const F& f) {
    constexpr bool takes_these = std::is_invocable_v<const F&, Args...>;
    static_assert(takes_these,
                  "what is called with the arguments of takes<...> "
                  "takes all of them, in their order");
    if constexpr (takes_these) {
      using result = std::invoke_result_t<const F&, Args...>;
      constexpr bool gives_reply = std::is_convertible_v<reply, result>;
      static_assert(gives_reply,
                    "what is called with the arguments of takes<...> returns a "
                    "reply, or what is made of one, such as "
                    "caf::result<reply>");
      if constexpr (gives_reply) {
        json::object errors;
        auto values = from(message, errors);
        if (!errors.empty())
          return result{reject(std::move(errors))};
        return std::apply(f, std::move(values));
      }
    }
  }
};

} // namespace stagedoor
