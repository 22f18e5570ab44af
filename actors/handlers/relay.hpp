#pragma once

#include "stagedoor/actors/handlers/forwarder.hpp"
#include "stagedoor/actors/handlers/open_messages.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace stagedoor {

/// What a relay works with.
struct relay_setup {
  runtime_ptr shared;
  route_tree_ptr routes;
  /// The index of the route whose messages it relays.
  std::size_t route = 0;
  group_hub_actor groups;
  /// The request answerers of the nodes that run the handlers.
  replicas elsewhere;
  /// The path of its endpoint.
  std::string endpoint = {};
};

/// The state of a relay; see `relay`.
class relay_state : handler_line {
public:
  using pointer = pinned_pointer<handler_actor, relay_state>;

  static inline const char* name = "stagedoor.relay";

  explicit relay_state(pointer self) : self_(self) {}

  handler_actor::behavior_type start(relay_setup setup);

private:
  void answer(request& message, answer_promise<reply> promise) override {
    pass_on(message, true, std::move(promise));
  }
  void answer(unmatched_atom, request& message,
              answer_promise<reply> promise) override {
    pass_on(message, false, std::move(promise));
  }
  /// Nobody asks this: no permission is asked and no action runs on this node.
  void answer(run_atom, permitted_request&,
              answer_promise<reply> promise) override {
    promise.deliver(to_reply(errc::unavailable));
  }
  void pass_on(request& message, bool matched, answer_promise<reply>&& promise);
  void opened(connection_opened& connection);
  void actor_died(const caf::down_msg& down);

  [[nodiscard]] const compiled_route& route() const {
    return setup_.routes->all()[setup_.route];
  }

  pointer self_;
  relay_setup setup_;
  // Nothing before `start`.
  std::optional<open_messages> messages_;
  std::optional<forwarder> forwarder_;
};

/// Stands in for the handler of one route on a node that runs no handlers: it
/// passes the messages of its node's clients on to the nodes that do, whose
/// handlers ask the permissions. Where each key has one state in the cluster,
/// other nodes have one as well, and it finds the node that has the state.
///
/// The messages of one connection stay at one node, where the state for them
/// is. Interim replies, late replies and broadcasts come from here, because the
/// other node knows nothing of the connection.
///
/// Receives: messages for its route (router); openings of connections (router);
/// the deaths of connections, and of the request answerers of other nodes.
/// Sends: each message, over the request sender of its unit, and openings, to
/// the request answerer of a node that runs handlers; the reply (connection),
/// and behind it the event of an action that broadcasts (group hub).
/// Limits: `permission_timeout` and `action_timeout` together, per message.
/// Ends when: the unit ends. The router replaces it if it dies before; what it
/// had not answered gets 500.
/// Next on the path: cluster/request_sender.hpp.
handler_actor::behavior_type relay(relay_state::pointer self,
                                   relay_setup setup);

} // namespace stagedoor
