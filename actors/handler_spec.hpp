#pragma once

#include "stagedoor/actors/action.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// How long the actor lives that runs a handler's actions and keeps its state.
enum class lifetime {
  /// One per connection and route: state for that client; a crash harms nobody
  /// else.
  connection,
  /// One per I/O unit: for handlers without state.
  unit,
  /// One for the whole server.
  server,
};

struct handler_definition;

/// A handler as a value: what guards a route and what it runs. Immutable.
using handler_spec = std::shared_ptr<const handler_definition>;

/// A hook of a handler: the connection's begin or end.
using hook = std::function<void(const context&, void* state)>;

/// What `handler(…)` builds.
struct handler_definition {
  struct child {
    std::string pattern;
    handler_spec handler;
  };

  std::string name;
  permission_list permissions;
  std::map<std::string, action_definition, std::less<>> actions;
  stagedoor::lifetime lifetime = lifetime::connection;
  std::function<std::shared_ptr<void>()> make_state;
  hook on_open;
  hook on_close;
  std::vector<child> children;
  /// Why the definition is no good, empty if it is: reported at start.
  std::string error;
};

/// Builds a handler; see `handler`.
template <class State>
class handler_builder {
public:
  explicit handler_builder(std::string name) {
    definition_.name = std::move(name);
    if constexpr (!std::is_same_v<State, stateless>)
      definition_.make_state = [] { return std::make_shared<State>(); };
  }

  /// Who may run the actions; asked in order, all must allow.
  template <class... Permissions>
  handler_builder& permissions(Permissions... list) {
    (definition_.permissions.append(permission(std::move(list))), ...);
    return *this;
  }

  /// Adds an action: a callable that takes any of `const request&`,
  /// `const context&`, `State&` and `arg<"name", T>`, in any order, and returns
  /// `reply`, `deferred`, something JSON (200) or nothing (200, null).
  /// @param options any of `blocking`, `concurrent`, `no_reply` and
  ///        `guarded_by(…)`.
  template <class F, class... Options>
  handler_builder& action(const std::string& name, F f, Options... options) {
    auto entry = define_action<State>(name, std::move(f), options...);
    if (!definition_.actions.emplace(name, std::move(entry)).second)
      definition_.error = "has two actions \"" + name + '"';
    return *this;
  }

  /// Adds a handler below this one, for what `pattern` leaves of the route.
  handler_builder& route(std::string pattern, handler_spec child) {
    definition_.children.push_back({std::move(pattern), std::move(child)});
    return *this;
  }

  /// Default: one actor per connection.
  handler_builder& lives_for(lifetime value) {
    definition_.lifetime = value;
    return *this;
  }

  /// Runs `f(const context&)` or `f(const context&, State&)` when a connection
  /// is accepted, for a root handler; else before its first permitted message.
  template <class F>
  handler_builder& on_open(F f) {
    definition_.on_open = make_hook(std::move(f));
    return *this;
  }

  /// Runs `f` when a connection ends that `on_open` would have run for. What it
  /// pushes goes nowhere.
  template <class F>
  handler_builder& on_close(F f) {
    definition_.on_close = make_hook(std::move(f));
    return *this;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): ends the chain of calls.
  operator handler_spec() const {
    return std::make_shared<handler_definition>(definition_);
  }

private:
  template <class F>
  static hook make_hook(F f) {
    return [f = std::move(f)](const context& ctx, void* state) {
      if constexpr (std::is_invocable_v<const F&, const context&, State&>)
        f(ctx, *static_cast<State*>(state));
      else
        f(ctx);
    };
  }

  handler_definition definition_;
};

/// Begins a handler without state, named for logs and tables.
inline handler_builder<stateless> handler(std::string name) {
  return handler_builder<stateless>(std::move(name));
}

/// Begins a handler whose actor keeps a `State`, made by its default
/// constructor.
template <class State>
handler_builder<State> handler(std::string name) {
  return handler_builder<State>(std::move(name));
}

} // namespace stagedoor
