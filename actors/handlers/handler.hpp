#pragma once

#include "stagedoor/actors/handlers/forwarder.hpp"
#include "stagedoor/actors/handlers/once_gate.hpp"
#include "stagedoor/actors/handlers/open_messages.hpp"
#include "stagedoor/actors/handlers/runner_home.hpp"
#include "stagedoor/actors/handlers/runner_slots.hpp"
#include "stagedoor/actors/handlers/subscription_hub.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// What a handler works with.
struct handler_setup {
  runtime_ptr shared;
  route_tree_ptr routes;
  /// The index of the route that it handles.
  std::size_t route = 0;
  permission_pool_actor pool;
  group_hub_actor groups;
  /// See router_setup.
  std::vector<router_actor> routers;
  /// The path of its endpoint.
  std::string endpoint = {};
  group_hub_actor first_groups = {};
};

/// The state of a handler: the way of each message from stage to stage. See
/// `route_handler`; what is known of one message is in pending_message.hpp.
class handler_state : handler_line {
public:
  using pointer = pinned_pointer<handler_actor, handler_state>;

  static inline const char* name = "stagedoor.handler";

  explicit handler_state(pointer self) : self_(self) {}

  handler_actor::behavior_type start(handler_setup setup);

private:
  // In the order in which a message meets them.
  void answer(request& message, answer_promise<reply> promise) override {
    ask_permissions(message, true, std::move(promise));
  }
  void answer(unmatched_atom, request& message,
              answer_promise<reply> promise) override {
    ask_permissions(message, false, std::move(promise));
  }
  void answer(run_atom, permitted_request& permitted,
              answer_promise<reply> promise) override {
    run_permitted(permitted, std::move(promise));
  }
  void ask_permissions(request& message, bool matched,
                       answer_promise<reply>&& promise);
  void permitted(std::uint64_t id, pending_message& pending, bool matched);
  void start_action(std::uint64_t id, pending_message& pending);
  void decide_only(std::uint64_t id, pending_message& pending);
  void claim(std::uint64_t id, pending_message& pending);
  void begin(std::uint64_t id, pending_message& pending);
  void send_to_unit(std::uint64_t id, pending_message& pending,
                    const router_actor& there);
  void lost_on_unit(std::uint64_t id, const caf::error& error);
  void run_permitted(permitted_request& permitted,
                     answer_promise<reply>&& promise);
  void load_object(std::uint64_t id, pending_message& pending);
  void loaded(std::uint64_t id, preparation& result);
  void decided_on_object(std::uint64_t id, const decision& result);
  void run(std::uint64_t id, pending_message& pending);
  void finish_action(std::uint64_t id, reply&& result);
  role<runner_actor> pass_to_runner(std::uint64_t id, pending_message& pending,
                                    message_stage next);

  void opened(connection_opened& connection);
  void actor_died(const caf::down_msg& down);
  void go_on(const std::vector<std::uint64_t>& held, const reply& answer);

  /// Answers a message with what an actor has answered.
  [[nodiscard]] auto finishing(std::uint64_t id) {
    return
        [this, id](reply& answer) { messages_->finish(id, std::move(answer)); };
  }

  /// Answers a message for which an actor was asked in vain.
  [[nodiscard]] auto failing(std::uint64_t id) {
    return [this, id](const caf::error& error) { messages_->fail(id, error); };
  }

  [[nodiscard]] const compiled_route& route() const {
    return setup_.routes->all()[setup_.route];
  }
  [[nodiscard]] const handler_definition& definition() const {
    return *route().handler;
  }

  pointer self_;
  handler_setup setup_;
  role<permission_pool_actor> pool_;
  // Nothing before `start`. At the end the messages are answered first, and the
  // runners end then.
  std::optional<runner_home> home_;
  std::optional<runner_slots> runners_;
  std::optional<open_messages> messages_;
  std::optional<once_gate> gate_;
  /// Nothing if the handler runs its own actions.
  std::optional<forwarder> forwarder_;
  std::optional<subscription_slot> subscriptions_;
};

/// Guards one route, and runs its actions or has them run: by a runner, by a
/// worker thread, or by actors of the application that are mounted there.
///
/// Receives: messages for its route (router); messages that a handler of
/// another unit has permitted (router); answers of worker threads; that a state
/// has been loaded or wants to end (runner), may have to (key keeper), or has
/// to, because the server stops (router); the deaths of its connections,
/// runners and mounted actors.
/// Sends: the key of a message that has one (once keeper, which says whether
/// the message runs, and hears how its action ends); a question for each
/// message, unless its permissions allow all messages of the user, and one for
/// each object that an action takes (permission pool); a permitted message to a
/// mounted actor, to the runner or to a worker thread, if its action needs one
/// of them; the reply (connection), and behind it the event of an action that
/// broadcasts (group hub); the success of an action that begins or ends a
/// subscription (subscription hub, which has the last word).
/// A message that only asks what is allowed goes the same way up to the run of
/// its action, and is not counted.
/// Limits: `permission_timeout`, `action_timeout`.
/// Ends when: the unit ends. The router replaces it if it dies before; what it
/// had not answered gets 500, but from a node that ends an error, so that the
/// node of the client can begin it elsewhere.
/// Next on the path: permission_pool.hpp, then back in handler.cpp, then
/// runner.hpp or forwarder.hpp, and pending_message.hpp for the answer.
handler_actor::behavior_type route_handler(handler_state::pointer self,
                                           handler_setup setup);

} // namespace stagedoor
