#pragma once

#include "stagedoor/actors/description/asking.hpp"
#include "stagedoor/actors/description/deferred.hpp"
#include "stagedoor/actors/description/task.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <chrono>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace stagedoor {

/// The outcome of an action: its reply, or an answer that comes later.
using outcome = std::variant<reply, deferred>;

namespace detail {

template <class P>
using bare = std::remove_cvref_t<P>;

/// The parameters of a callable.
template <class F>
struct signature : signature<decltype(&F::operator())> {};
template <class C, class R, class... Ps>
struct signature<R (C::*)(Ps...) const> {
  static constexpr bool is_const = true;
  using result = R;
  using parameters = std::tuple<Ps...>;
  using bare_parameters = std::tuple<bare<Ps>...>;
};
template <class C, class R, class... Ps>
struct signature<R (C::*)(Ps...)> : signature<R (C::*)(Ps...) const> {
  static constexpr bool is_const = false;
};
template <class C, class R, class... Ps>
struct signature<R (C::*)(Ps...) const noexcept>
    : signature<R (C::*)(Ps...) const> {};
template <class C, class R, class... Ps>
struct signature<R (C::*)(Ps...) noexcept> : signature<R (C::*)(Ps...)> {};
template <class R, class... Ps>
struct signature<R (*)(Ps...)> : signature<R (std::tuple<>::*)(Ps...) const> {};
template <class R, class... Ps>
struct signature<R (*)(Ps...) noexcept> : signature<R (*)(Ps...)> {};

/// Whether something can be called, with parameters of one type each.
template <class F>
concept is_callback = requires {
  &F::operator();
}
|| (std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>);

/// Whether the result may be put off.
template <class R>
inline constexpr bool is_late =
    std::disjunction_v<std::is_base_of<deferred, R>, std::is_same<R, outcome>,
                       is_task<R>>;

/// Whether the result is a reply, or becomes the data of one.
template <class R>
inline constexpr bool is_immediate =
    std::disjunction_v<std::is_void<R>, std::is_same<R, reply>,
                       std::bool_constant<reply_data<R> && !is_late<R>>>;

/// Whether the coroutine gives what can be answered at once; true for a result
/// that is no coroutine.
template <class R>
inline constexpr bool gives_reply = true;
template <class T>
inline constexpr bool gives_reply<task<T>> = is_immediate<T>;

template <class R>
inline constexpr bool is_result = is_immediate<R> || is_late<R>;

/// Calls, and makes a reply of what there is at once.
template <class R, class F>
reply to_immediate(F&& call) {
  if constexpr (std::is_void_v<R>) {
    call();
    return ok();
  } else if constexpr (std::is_same_v<R, reply>) {
    return call();
  } else {
    return ok(call());
  }
}

template <class R, class F>
outcome to_outcome(F&& call) {
  if constexpr (is_immediate<R>)
    return to_immediate<R>(std::forward<F>(call));
  else
    return call();
}

/// Awaits what an action has returned.
template <class T>
task<reply> to_task(task<T> result) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(result);
    co_return ok();
  } else {
    auto given = co_await std::move(result);
    co_return to_immediate<T>([&]() -> T { return std::move(given); });
  }
}
inline task<reply> to_task(outcome result) {
  if (auto* now = std::get_if<reply>(&result))
    co_return std::move(*now);
  co_return co_await std::get<deferred>(std::move(result));
}

/// Asks, and goes on with the callback.
template <class Question, class F>
task<reply> ask_then(Question asked, F then) {
  using result = typename signature<F>::result;
  using answer = typename Question::answer_type;
  static_assert(
      is_result<result> && gives_reply<result>,
      "the callback of ask returns what an action may return: reply, "
      "deferred, what ok(...) takes, void, or a task of what is at once");
  auto call = [&](auto&&... xs) -> result { return then(std::move(xs)...); };
  if constexpr (std::tuple_size_v<answer> == 0) {
    co_await std::move(asked);
    if constexpr (is_immediate<result>)
      co_return to_immediate<result>(call);
    else
      co_return co_await to_task(call());
  } else {
    auto given = co_await std::move(asked);
    auto call_with = [&]() -> result {
      if constexpr (std::tuple_size_v<answer> == 1)
        return call(given);
      else
        return std::apply(call, given);
    };
    if constexpr (is_immediate<result>)
      co_return to_immediate<result>(call_with);
    else
      co_return co_await to_task(call_with());
  }
}

/// Runs a callable that returns a coroutine, and keeps it until that has ended.
template <class F>
task<reply> run_copy(F f) {
  co_await f();
  co_return ok();
}

/// Where nobody says what an actor answers.
struct unsaid {};

/// Whether an actor can answer with what a callback takes.
template <class Said>
inline constexpr bool can_be_said = true;
template <class... Ts>
inline constexpr bool
    can_be_said<std::tuple<Ts...>> = (caf_api::is_sendable<Ts> && ...);

/// What the caller of `ask<Ts…>` says of the answer.
template <class... Ts>
struct said_by {
  using type = std::tuple<Ts...>;
};
template <>
struct said_by<> {
  using type = unsaid;
};
template <>
struct said_by<void> {
  using type = std::tuple<>;
};

/// A question of a context, and what is known and said of its answer.
template <class Said, class Handle, class... Parts>
struct question_to {
  static_assert(sizeof...(Parts) > 0,
                "ask(actor, timeout, question...) needs a question");
  static_assert((caf_api::is_sendable<Parts> && ...),
                "a question has parts with a CAF type ID; a callback stands "
                "last, and names the type of the answer in place of `auto`");
  static_assert(can_be_said<Said>,
                "an answer has values with a CAF type ID, and the callback "
                "takes these; for errors, a coroutine catches await_error");
  static_assert(caf_api::takes<Handle, Parts...>,
                "the actor does not take this question, see its type");
  using known = caf_api::answer_types<Handle, Parts...>;
  static constexpr bool is_known = !std::is_void_v<known>;
  static_assert(is_known || !std::is_same_v<Said, unsaid>,
                "nobody knows what a caf::actor answers: ask<T>(...) says it");
  static_assert(
      !is_known || std::is_same_v<Said, unsaid> || std::is_same_v<Said, known>,
      "the actor does not answer with what the callback takes, see "
      "its type");
  using type =
      question<Handle, std::conditional_t<is_known, known, Said>, Parts...>;
};

template <class Said, class Handle, class... Parts>
auto make_question(const Handle& receiver, std::chrono::milliseconds timeout,
                   Parts&&... parts) {
  using type =
      typename question_to<Said, Handle, caf_api::sent_as<Parts>...>::type;
  return type{receiver, timeout,
              caf_api::sent_as<Parts>(std::forward<Parts>(parts))...};
}

/// The same for a coroutine that awaits it.
template <class Said, class Handle, class... Parts>
auto make_awaited(const Handle& receiver, std::chrono::milliseconds timeout,
                  Parts&&... parts) {
  static_assert(
      ((survives_await<
            Parts> || !std::is_aggregate_v<std::decay_t<Parts>>)&&...),
      "an aggregate as a part of a question needs a name: auto part "
      "= ...; co_await ctx.ask(actor, timeout, part)");
  return make_question<Said>(receiver, timeout, std::forward<Parts>(parts)...);
}

} // namespace detail

} // namespace stagedoor
