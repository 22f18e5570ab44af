#pragma once

#include "stagedoor/actors/description/hook.hpp"
#include "stagedoor/actors/description/lifetime.hpp"
#include "stagedoor/actors/description/loader.hpp"
#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

struct handler_definition;

/// A handler as an immutable value: the permissions and actions of a route.
using handler_spec = std::shared_ptr<const handler_definition>;

/// The definition of a handler, which `handler(…)` builds.
struct handler_definition {
  struct child {
    std::string pattern;
    handler_spec handler;
  };

  std::string name;
  /// The default list of permissions; empty for the server's default, see
  /// `default_permission`.
  permission_list permissions;
  /// The lists that replace the default list, by action.
  std::map<std::string, permission_list, std::less<>> permissions_by_action;
  std::map<std::string, action_definition, std::less<>> actions;
  /// The actors of the application that the route leads to; empty if the
  /// handler runs its own actions.
  replicas mounted;
  /// Whether `actions` has all actions of the mounted actors.
  bool declares_all = false;
  /// The capture that chooses one of several replicas or nodes; empty for the
  /// rule in `placed_by`.
  std::string placed_by;
  stagedoor::lifetime lifetime = lifetime::connection;
  /// Empty for a handler without state.
  std::function<std::shared_ptr<void>(const state_context&)> make_state;
  /// Takes the place of `make_state` for a state that is loaded.
  state_loader load_state;
  /// Runs before a state ends; empty for most handlers.
  state_hook on_end;
  /// Finds the object of actions that take one.
  std::optional<loader_definition> loader;
  hook on_open;
  hook on_close;
  /// Runs once when a server starts that runs the handler's actions, before it
  /// listens. It returns why the handler cannot be served, such as `has no
  /// table`, or an empty text. Empty for most handlers.
  std::function<std::string()> prepare;
  std::vector<child> children;
  /// An error in the definition, which is reported at the start; empty if there
  /// is none.
  std::string error;

  /// Whether mounted actors get actions that the handler does not declare.
  [[nodiscard]] bool forwards_undeclared() const {
    return !mounted.empty() && !declares_all;
  }
  /// The entry of an action; null if there is none. Where undeclared actions
  /// are forwarded, each of them has the same one.
  [[nodiscard]] const action_definition*
  find_action(std::string_view action) const;
  /// Whether the runner runs an action: it has what the action takes, or has to
  /// greet the client first.
  [[nodiscard]] bool runs_on_runner(const action_definition& action) const;
  /// The same for an action or the loader before it.
  [[nodiscard]] bool needs_runner(const action_definition& action) const;
  /// Whether the handler runs an action itself and has its answer then, so that
  /// the action needs no deadline.
  [[nodiscard]] bool answers_at_once(const action_definition& action) const;
  /// Whether the end of the connection has to be known before an action runs.
  [[nodiscard]] bool needs_connection(const action_definition& action) const;
};

/// Builds a handler; see `handler`.
/// @tparam Object the type that the handler's loader finds; void without a
///        loader.
template <class State, class Object = void>
class handler_builder {
public:
  explicit handler_builder(
      std::string name) requires std::is_same_v<State, stateless> {
    definition_.name = std::move(name);
  }

  /// @param make see `handler`.
  template <class F>
  handler_builder(std::string name, F make) {
    definition_.name = std::move(name);
    auto call =
        [make = std::move(make)]([[maybe_unused]] const state_context& self) {
          if constexpr (std::is_invocable_v<const F&, const state_context&>)
            return make(self);
          else
            return make();
        };
    using made = std::invoke_result_t<decltype(call), const state_context&>;
    if constexpr (detail::is_task<made>::value)
      definition_.load_state = [call](const state_context& self) {
        return detail::own_loaded<State>(call(self));
      };
    else
      definition_.make_state = [call](const state_context& self) {
        return detail::own_made<State>([&] { return call(self); });
      };
  }

  /// Continues the definition of another builder.
  explicit handler_builder(handler_definition begun)
      : definition_(std::move(begun)) {}

  /// Adds permissions for all actions. They are asked in order, and all must
  /// allow.
  template <class... Permissions>
  handler_builder& permissions(Permissions... list) {
    static_assert(sizeof...(list) > 0, "allow_any() lets everybody in");
    (definition_.permissions.append(permission(std::move(list))), ...);
    return *this;
  }

  /// Sets permissions for one action, which replace the default list. Without a
  /// list of its own, `partial_update` has that of `update`.
  template <class... Permissions>
  handler_builder& permissions_for(const std::string& action,
                                   Permissions... list) {
    static_assert(sizeof...(list) > 0, "allow_any() lets everybody in");
    auto [entry, added] = definition_.permissions_by_action.try_emplace(
        action, permission_list{permission(std::move(list))...});
    if (!added)
      definition_.error = "has two lists for the action \"" + action + '"';
    return *this;
  }

  /// Sets the loader, which finds the object of the actions behind it that take
  /// `loaded<T>`. The permissions are asked about the object before such an
  /// action runs. If the loader finds nothing, the client gets a 404.
  /// @param f takes any of `const request&`, `const context&`, `State&` and
  ///        `arg<"name", T>`, and returns `std::optional<T>` or
  ///        `std::shared_ptr<const T>`, empty if there is no object. If
  ///        permissions look at objects, T has to be JSON or convert to it
  ///        (`boost::json::value_from`); otherwise the server does not start. A
  ///        loader cannot answer later: one that has to ask another actor is
  ///        `blocking`.
  /// @param options `blocking`, if the loader has to run on a worker thread.
  template <class F, class... Options>
  [[nodiscard]] auto loads(F f, Options... options) {
    static_assert(std::is_void_v<Object>, "a handler has one loader");
    definition_.loader = define_loader<State>(std::move(f), options...);
    return handler_builder<State, detail::found_by<F>>(std::move(definition_));
  }

  /// Adds an action: a callable that takes any of `const request&`, `const
  /// context&`, `const notifier&`, `State&`, `arg<"name", T>` and `loaded<T>`
  /// (see `loads`) in any order; one that is `blocking` takes neither the
  /// context nor the state. It returns a `reply`, a `deferred`, a value that
  /// converts to JSON (the client gets it with status 200), or nothing (the
  /// client gets null with status 200). It may be a coroutine: a `task` of one
  /// of these, except `deferred`.
  /// @param options any of `blocking`, `concurrent`, `no_reply`,
  ///        `broadcasts(…)`, `broadcasts_to_others(…)`, `idempotent`,
  ///        `guarded_by(…)`, `guarded_like{…}`, `subscribes{…}` and
  ///        `unsubscribes`.
  template <class F, class... Options>
  handler_builder& action(const std::string& name, F f, Options... options) {
    return add(define_action<State, Object>(name, std::move(f), options...));
  }

  /// Declares an action of the mounted actors and its arguments, as in
  /// `action("buy", takes<arg<"item", std::string>>())`. The handler converts
  /// the arguments before an actor gets the message, and answers 400 with their
  /// errors. Once one action is declared like this, the handler answers 405 for
  /// each action that is not declared, and no actor gets the message.
  /// @param options as in `forwards`.
  template <class... Args, class... Options>
  handler_builder& action(const std::string& name, takes<Args...> arguments,
                          Options... options) {
    static_assert(std::is_same_v<State, stateless> && std::is_void_v<Object>,
                  "an action without a function belongs to a handler that "
                  "mounts actors, which keeps no state and loads nothing");
    definition_.declares_all = true;
    return add(define_mounted_action(name, arguments, options...));
  }

  /// Lets actors of the application run the actions. Each permitted message
  /// goes to one of them as a `request`, and its answer, a `reply`, is the
  /// client's reply; see `mounted_actor`. If no action is declared with
  /// `takes`, the actor gets all of them, and answers one that it does not know
  /// with `to_reply(errc::action_not_allowed, name)`.
  ///
  /// If the answer does not come within `limits::action_timeout`, the client
  /// gets a 504. If the actor or its node is gone, the client gets a 503, but
  /// an action declared `idempotent` is tried on another replica first. If the
  /// actor answers with any other error, the client gets a 500. With several
  /// replicas, the one with the fewest pending messages is chosen; see also
  /// `placed_by`.
  ///
  /// The scope travels to other nodes with all headers, cookies and arguments.
  /// Encrypt the links between nodes if that matters.
  /// @param target a handle, several handles, or a `service(…)` that nodes
  ///        offer.
  template <class Target>
  handler_builder& mounts(const Target& target) {
    static_assert(std::is_same_v<State, stateless> && std::is_void_v<Object>,
                  "a handler that mounts actors keeps no state and loads "
                  "nothing");
    if constexpr (!is_untyped<Target>)
      static_assert(answers_as<Target, mounted_actor>,
                    "a mounted actor answers a request with a reply: "
                    "replies_to<request>::with<reply>");
    definition_.mounted = replicas(target);
    if (auto fault = definition_.mounted.fault(); !fault.empty())
      definition_.error = "mounts " + fault;
    return *this;
  }

  /// Declares an action of the mounted actors that needs options, and whose
  /// arguments the handler does not look at. Other actions need no declaration,
  /// unless one is declared with `takes`.
  /// @param options any of `concurrent`, `no_reply`, `broadcasts(…)`,
  ///        `idempotent`, `guarded_by(…)` and `guarded_like{…}`.
  template <class... Options>
  handler_builder& forwards(const std::string& name, Options... options) {
    return add(define_mounted_action(name, takes<>{}, options...));
  }

  /// Sends messages with the same value of this capture of the route to the
  /// same replica, or to the same node if other nodes run the handlers, as long
  /// as the replicas or nodes stay the same. Without it, the replica with the
  /// fewest pending messages is chosen, and the messages of one connection stay
  /// on one node.
  handler_builder& placed_by(std::string capture) {
    definition_.placed_by = std::move(capture);
    return *this;
  }

  /// Adds a handler below this one, for routes that continue with `pattern`.
  handler_builder& route(std::string pattern, handler_spec child) {
    definition_.children.push_back({std::move(pattern), std::move(child)});
    return *this;
  }

  /// Sets how long the handler's state lives. Default: one actor per
  /// connection. A handler that lives by key is placed by that key, too.
  handler_builder& lives_for(lifetime value) {
    definition_.placed_by = value.capture();
    definition_.lifetime = std::move(value);
    return *this;
  }

  /// Runs `f(const context&)` or `f(const context&, State&)` when a connection
  /// begins. A root handler runs it when the connection is accepted, any other
  /// handler before the connection's first permitted message, and where the
  /// state lives by key, once for each state that the connection visits.
  template <class F>
  handler_builder& on_open(F f) {
    definition_.on_open = detail::make_hook<State>(std::move(f));
    return *this;
  }

  /// Runs `f` when a connection ends for which `on_open` would have run, if the
  /// state is still there. Events that it pushes to this client go nowhere.
  template <class F>
  handler_builder& on_close(F f) {
    definition_.on_close = detail::make_hook<State>(std::move(f));
    return *this;
  }

  /// Runs `f(State&)` or `f(State&, const state_context&)` before a state that
  /// lives by key ends: to save it, say. It may be a coroutine (`task<void>`),
  /// which may run for `limits::action_timeout`; the state ends when it has
  /// ended, and messages for the key wait so long. No action and no timer runs
  /// any more by then. What it throws is logged, and the state ends.
  ///
  /// It runs as well when the server stops, and when its node leaves a cluster
  /// or drains. It does not run if the state's actor dies or quits, if its
  /// process ends without a stop, or if its node may not keep the key any more
  /// (see `lifetime::key_in_cluster`), because there may be a newer state
  /// elsewhere.
  template <class F>
  handler_builder& on_end(F f) {
    static_assert(!std::is_same_v<State, stateless>,
                  "on_end belongs to a handler that keeps a state: "
                  "handler<State>(name)");
    definition_.on_end = detail::make_state_hook<State>(std::move(f));
    return *this;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): ends the chain of calls.
  operator handler_spec() const {
    return std::make_shared<handler_definition>(definition_);
  }

private:
  handler_builder& add(action_definition entry) {
    if (auto name = entry.name;
        !definition_.actions.emplace(name, std::move(entry)).second)
      definition_.error = "has two actions \"" + name + '"';
    return *this;
  }

  handler_definition definition_;
};

/// Begins a handler without state. The name is for logs and tables.
inline handler_builder<stateless> handler(std::string name) {
  return handler_builder<stateless>(std::move(name));
}

/// Begins a handler whose actor keeps a `State`.
/// @param make returns a new state, by value or in a `std::unique_ptr`. It
///        takes a `const state_context&` or nothing, runs on the handler's
///        actor, and must not wait. For a handler that lives by key it may be
///        a coroutine, a `task` of either, which loads the state: messages for
///        the key wait for it, at most `limits::action_timeout`. If it fails,
///        they are answered like an action that fails, and the next message
///        tries again.
template <class State, class F>
handler_builder<State> handler(std::string name, F make) {
  constexpr bool is_maker =
      detail::makes_state<
          State, F, const state_context&> || detail::makes_state<State, F>;
  static_assert(is_maker,
                "what makes a state takes const state_context& or nothing, and "
                "returns it by value or in a std::unique_ptr, or a task of "
                "either");
  if constexpr (is_maker)
    return handler_builder<State>(std::move(name), std::move(make));
  else
    return handler_builder<State>(handler_definition{});
}

/// Begins a handler whose actor keeps a `State`, which has a constructor that
/// takes a `const state_context&`, or else a default constructor.
template <class State>
handler_builder<State> handler(std::string name) {
  if constexpr (std::is_constructible_v<State, const state_context&>) {
    return handler<State>(std::move(name), [](const state_context& self) {
      return std::make_unique<State>(self);
    });
  } else {
    static_assert(std::is_default_constructible_v<State>,
                  "a state without a default constructor needs a constructor "
                  "that takes const state_context&, or a function that makes "
                  "it: handler<State>(name, make)");
    return handler<State>(std::move(name), [] { return State{}; });
  }
}

} // namespace stagedoor
