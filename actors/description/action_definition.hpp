#pragma once

#include "stagedoor/actors/description/action_result.hpp"
#include "stagedoor/actors/description/context.hpp"
#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/description/subscription.hpp"
#include "stagedoor/actors/loaded.hpp"
#include "stagedoor/permissions/permission_list.hpp"
#include "stagedoor/protocol/group.hpp"
#include "stagedoor/protocol/request.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// The inputs of an action. `context` and `state` are null for an action that
/// needs no runner.
struct invocation {
  const stagedoor::request& request;
  const stagedoor::context* context = nullptr;
  void* state = nullptr;
  /// Null for an action that takes no object.
  loaded_object object = {};
  /// Null for a loader.
  const stagedoor::notifier* notifier = nullptr;
};

/// Adds the errors of the declared arguments of a message by field.
using argument_check = std::function<void(const request&, json::object&)>;

/// One entry of a handler's action table.
struct action_definition {
  std::string name;
  /// The action runs on a worker thread, with its input by value and without
  /// the state of an actor.
  bool blocking = false;
  /// The action runs beside the connection's queue.
  bool concurrent = false;
  /// Whether the client gets a reply on success.
  bool replies = true;
  /// Whether another actor may begin the action again if the first one is gone.
  bool idempotent = false;
  /// Whether the action runs once for all messages with the same key.
  bool exactly_once = false;
  /// Nothing if success is not sent to a group.
  std::optional<broadcast_target> broadcast;
  /// Nothing if success changes no subscription.
  std::optional<subscription_effect> subscription;
  /// The action takes the object that the handler's loader finds.
  bool takes_object = false;
  /// The action takes the context or the handler's state, or answers later, so
  /// that the runner has to run it. Any other action only computes from its
  /// input, and the handler runs it itself.
  bool needs_runner = false;
  /// The action takes the context or answers later. What it begins ends with
  /// its connection.
  bool needs_connection = false;
  /// The names of its declared arguments.
  std::vector<std::string> arguments;
  /// Replaces the handler's list of permissions.
  std::optional<permission_list> permissions;
  /// The action whose list it has if it has none of its own; empty for the
  /// handler's.
  std::string guarded_like;
  /// Checks the arguments of an action that takes an object, before the object
  /// is loaded, of an action that mounted actors run, before one of them gets
  /// the message, or of an action that runs exactly once, before its key is
  /// claimed. Empty for any other action, and where there is nothing to check.
  argument_check check_arguments;
  /// Converts the arguments and runs the action. May throw. Empty if the route
  /// leads to actors of the application.
  std::function<outcome(const invocation&)> run;
};

// -- options of one action ----------------------------------------------------

// `blocking`, in custom_rule.hpp, makes the action run on a worker thread. Such
// an action cannot take the context or the handler's state.

/// The action runs beside the connection's queue and answers when it is done.
struct concurrent_t {};
inline constexpr concurrent_t concurrent{};

/// The client gets no reply on success (mode *none*).
struct no_reply_t {};
inline constexpr no_reply_t no_reply{};

/// Running the action twice has the same effect as running it once. If its
/// route leads to other actors, and the actor that had the message is gone,
/// another one gets the message. Without this option the client gets a 503.
struct idempotent_t {};
inline constexpr idempotent_t idempotent{};

/// A message with a key of its own, `once`, runs the action once, however often
/// the client sends the message: the first one's answer is kept for a while,
/// and any other one with that key gets it. See protocol/README.md, "Exactly
/// once".
struct exactly_once_t {};
inline constexpr exactly_once_t exactly_once{};

/// On success a group gets an event with the data and status of the reply,
/// behind the reply (mode *broadcast*).
struct broadcasts : broadcast_target {
  /// @param to the group, with captures of the route in braces: `room.{room}`.
  explicit broadcasts(std::string to, std::string event_type = event{}.type)
      : broadcast_target{std::move(to), std::move(event_type)} {}
};

/// The same for all members but the client's own connection.
struct broadcasts_to_others : broadcasts {
  explicit broadcasts_to_others(std::string to,
                                std::string event_type = event{}.type)
      : broadcasts{std::move(to), std::move(event_type)} {
    to_others = true;
  }
};

/// On success the client is subscribed to what the feed tells, under the
/// `request_id` of the message, until it unsubscribes, its connection ends or
/// its permissions say no.
struct subscribes {
  change_feed_ptr feed;
};

/// On success the subscription of the client under the `request_id` of the
/// message ends. It is no error if there is none.
struct unsubscribes_t {};
inline constexpr unsubscribes_t unsubscribes{};

/// Without a list of its own, the action has that of another action of the
/// handler.
struct guarded_like {
  std::string action;
};

/// Permissions of this action, which replace the handler's list.
struct guarded_by : permission_list {
  template <class... Permissions>
  explicit guarded_by(Permissions... permissions)
      : permission_list{permission(std::move(permissions))...} {
    static_assert(sizeof...(Permissions) > 0, "allow_any() lets everybody in");
  }
};

inline void apply(action_definition& x, blocking_t) {
  x.blocking = true;
}
inline void apply(action_definition& x, concurrent_t) {
  x.concurrent = true;
}
inline void apply(action_definition& x, no_reply_t) {
  x.replies = false;
}
inline void apply(action_definition& x, idempotent_t) {
  x.idempotent = true;
}
inline void apply(action_definition& x, exactly_once_t) {
  x.exactly_once = true;
}
inline void apply(action_definition& x, broadcasts target) {
  x.broadcast = std::move(target);
}
inline void apply(action_definition& x, subscribes option) {
  x.subscription = subscription_effect{std::move(option.feed)};
}
inline void apply(action_definition& x, unsubscribes_t) {
  x.subscription = subscription_effect{};
}
inline void apply(action_definition& x, guarded_like option) {
  x.guarded_like = std::move(option.action);
}
inline void apply(action_definition& x, guarded_by list) {
  x.permissions = std::move(list);
}

} // namespace stagedoor
