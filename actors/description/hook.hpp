#pragma once

#include "stagedoor/actors/description/context.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace stagedoor {

/// A hook of a handler, which runs when a connection begins or ends.
using hook = std::function<void(const context&, void* state)>;

/// Makes a state of a handler in a coroutine.
using state_loader =
    std::function<task<std::shared_ptr<void>>(const state_context&)>;

/// A hook of a handler, which runs before a state ends.
using state_hook = std::function<task<void>(const state_context&, void* state)>;

namespace detail {

/// Makes a hook of a callable.
template <class State, class F>
hook make_hook(F f) {
  static_assert(std::is_invocable_v<
                    const F&, const context&,
                    State&> || std::is_invocable_v<const F&, const context&>,
                "a hook takes const context&, and behind it the handler's "
                "state by reference, if it has one");
  return [f = std::move(f)](const context& ctx, void* state) {
    auto run = [&]() -> decltype(auto) {
      if constexpr (std::is_invocable_v<const F&, const context&, State&>)
        return f(ctx, *static_cast<State*>(state));
      else
        return f(ctx);
    };
    static_assert(!detail::is_task<decltype(run())>::value,
                  "a hook is no coroutine, as nobody waits for its end: it "
                  "asks with a callback");
    run();
  };
}

template <class State, class Made>
inline constexpr bool is_new_state =
    std::is_same_v<Made, State> || std::is_same_v<Made, std::unique_ptr<State>>;
template <class State, class Made>
inline constexpr bool is_new_state<State, task<Made>> =
    is_new_state<State, Made>;

/// Whether a callable returns a new state, or a coroutine that gives one.
template <class State, class F, class... Ts>
concept makes_state = std::is_invocable_v<const F&, Ts...> && is_new_state<
    State, std::invoke_result_t<const F&, Ts...>>;

template <class State>
std::shared_ptr<void> own_pointer(std::unique_ptr<State> made) {
  if (!made)
    throw std::logic_error("what makes the state has returned null");
  return std::shared_ptr<State>(std::move(made));
}

/// Owns a new state, which is made in its place if it comes by value, so that
/// it may be neither copied nor moved.
template <class State, class F>
std::shared_ptr<void> own_made(const F& make) {
  if constexpr (std::is_same_v<decltype(make()), State>)
    return std::shared_ptr<State>(new State(make()));
  else
    return own_pointer<State>(make());
}

/// The same for one that is loaded, which is moved if it comes by value.
template <class State, class Made>
task<std::shared_ptr<void>> own_loaded(task<Made> loading) {
  auto made = co_await std::move(loading);
  if constexpr (std::is_same_v<Made, State>)
    co_return std::make_shared<State>(std::move(made));
  else
    co_return own_pointer<State>(std::move(made));
}

template <class State, class F>
task<void> run_at_end(const F& f, const state_context& self, State& state) {
  auto run = [&]() -> decltype(auto) {
    if constexpr (std::is_invocable_v<const F&, State&, const state_context&>)
      return f(state, self);
    else
      return f(state);
  };
  if constexpr (is_task<decltype(run())>::value)
    co_await run();
  else
    run();
}

/// Makes a hook of a callable that may be a coroutine.
template <class State, class F>
state_hook make_state_hook(F f) {
  constexpr bool fits =
      std::is_invocable_v<
          const F&, State&,
          const state_context&> || std::is_invocable_v<const F&, State&>;
  static_assert(fits, "on_end takes the handler's state by reference, and "
                      "behind it const state_context& or nothing");
  return [f = std::move(f)](const state_context& self, void* state) {
    return run_at_end<State>(f, self, *static_cast<State*>(state));
  };
}

} // namespace detail

} // namespace stagedoor
