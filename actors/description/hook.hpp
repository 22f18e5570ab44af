#pragma once

#include "stagedoor/actors/description/context.hpp"

#include <functional>
#include <type_traits>
#include <utility>

namespace stagedoor {

/// A hook of a handler, which runs when a connection begins or ends.
using hook = std::function<void(const context&, void* state)>;

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

} // namespace detail

} // namespace stagedoor
