#pragma once

#include "stagedoor/actors/description/loader.hpp"
#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/interfaces.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
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
  /// One for the whole server; of a server on several nodes, one on each that
  /// runs handlers for clients of its own.
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
  /// The default list; empty: the server's default, see `default_permission`.
  permission_list permissions;
  /// Replace the default list, by action.
  std::map<std::string, permission_list, std::less<>> permissions_by_action;
  std::map<std::string, action_definition, std::less<>> actions;
  /// The actors of the application that the route leads to; empty: it runs its
  /// own actions.
  replicas mounted;
  /// The capture by which one of several replicas, or of several nodes, is
  /// chosen; empty: see `placed_by`.
  std::string placed_by;
  stagedoor::lifetime lifetime = lifetime::connection;
  std::function<std::shared_ptr<void>()> make_state;
  /// Finds the object of actions that take one.
  std::optional<loader_definition> loader;
  hook on_open;
  hook on_close;
  std::vector<child> children;
  /// Why the definition is no good, empty if it is: reported at start.
  std::string error;
};

/// Builds a handler; see `handler`.
/// @tparam Object what the handler's loader finds, void without one.
template <class State, class Object = void>
class handler_builder {
public:
  explicit handler_builder(std::string name) {
    definition_.name = std::move(name);
    if constexpr (!std::is_same_v<State, stateless>)
      definition_.make_state = [] { return std::make_shared<State>(); };
  }

  /// Goes on with what another builder has begun.
  explicit handler_builder(handler_definition begun)
      : definition_(std::move(begun)) {}

  /// Who may run the actions; asked in order, all must allow.
  template <class... Permissions>
  handler_builder& permissions(Permissions... list) {
    static_assert(sizeof...(list) > 0, "allow_any() lets everybody in");
    (definition_.permissions.append(permission(std::move(list))), ...);
    return *this;
  }

  /// Who may run one action, instead of the default list. `partial_update`
  /// without a list of its own has that of `update`.
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

  /// Finds the object of the actions behind it that take `loaded<T>`. The
  /// permissions are asked about what it finds before such an action runs;
  /// where it finds nothing, the client hears a 404.
  /// @param f takes any of `const request&`, `const context&`, `State&` and
  ///        `arg<"name", T>`, and returns `std::optional<T>` or
  ///        `std::shared_ptr<const T>`, empty if there is none. For permissions
  ///        that look at objects, T has to be JSON, or convert to it
  ///        (`boost::json::value_from`): else that is an error at start.
  ///        It cannot put its answer off; what another actor has to be asked
  ///        for is loaded `blocking`.
  /// @param options `blocking`: it runs on a worker thread.
  template <class F, class... Options>
  [[nodiscard]] auto loads(F f, Options... options) {
    static_assert(std::is_void_v<Object>, "a handler has one loader");
    definition_.loader = define_loader<State>(std::move(f), options...);
    return handler_builder<State, detail::found_by<F>>(std::move(definition_));
  }

  /// Adds an action: a callable that takes any of `const request&`,
  /// `const context&`, `State&`, `arg<"name", T>` and `loaded<T>` (see
  /// `loads`), in any order, and returns `reply`, `deferred`, something JSON
  /// (200) or nothing (200, null).
  /// @param options any of `blocking`, `concurrent`, `no_reply`,
  ///        `broadcasts(…)`, `idempotent` and `guarded_by(…)`.
  template <class F, class... Options>
  handler_builder& action(const std::string& name, F f, Options... options) {
    auto entry = define_action<State, Object>(name, std::move(f), options...);
    if (!definition_.actions.emplace(name, std::move(entry)).second)
      definition_.error = "has two actions \"" + name + '"';
    return *this;
  }

  /// Has actors of the application run the actions: each permitted message goes
  /// to one of them as a `request`, and what it answers, a `reply`, is the
  /// client's reply. See `mounted_actor`. An action that it does not know it
  /// answers with `to_reply(errc::action_not_allowed, name)`.
  ///
  /// The answer is due within `limits::action_timeout` (504). If the actor or
  /// its node is gone, that is a 503, but an action declared `idempotent` is
  /// tried on another replica first; if it fails in any other way, a 500.
  /// Several replicas get messages in turn, those with the fewest waiting
  /// first; see also `placed_by`.
  ///
  /// To another node the scope travels with all headers, cookies and arguments:
  /// encrypt the nodes' links where that matters.
  /// @param target a handle, several, or a `service(…)` that nodes offer.
  template <class Target>
  handler_builder& mounts(const Target& target) {
    static_assert(std::is_same_v<State, stateless> && std::is_void_v<Object>,
                  "a handler that mounts actors keeps no state and loads "
                  "nothing");
    if constexpr (!is_untyped<Target>)
      static_assert(std::is_convertible_v<Target, mounted_actor>,
                    "a mounted actor answers a request with a reply: "
                    "replies_to<request>::with<reply>");
    definition_.mounted = replicas(target);
    return *this;
  }

  /// Declares an action of the mounted actors that is more than a message and
  /// its reply. Others need not be declared.
  /// @param options any of `concurrent`, `no_reply`, `broadcasts(…)`,
  ///        `idempotent` and `guarded_by(…)`.
  template <class... Options>
  handler_builder& forwards(const std::string& name, Options... options) {
    static_assert(!(std::is_same_v<Options, blocking_t> || ...),
                  "a mounted actor blocks nobody");
    action_definition entry;
    entry.name = name;
    (apply(entry, std::move(options)), ...);
    if (!definition_.actions.emplace(name, std::move(entry)).second)
      definition_.error = "has two actions \"" + name + '"';
    return *this;
  }

  /// Among several replicas, or several nodes that run the handlers of one that
  /// runs none, messages with the same value of this capture of the route go to
  /// the same one, while they stay the same. Without it, mounted actors get
  /// what they have the least of, and handlers on other nodes keep the messages
  /// of one connection together.
  handler_builder& placed_by(std::string capture) {
    definition_.placed_by = std::move(capture);
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
