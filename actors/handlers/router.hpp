#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/actors/units/respawner.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// What a router and its handlers work with.
struct router_setup {
  runtime_ptr shared;
  route_tree_ptr routes;
  permission_pool_actor pool;
  group_hub_actor groups;
  /// The request answerers of the nodes that run the handlers; empty for a
  /// server that is no node.
  replicas nodes;
  /// The path of the endpoint.
  std::string endpoint = {};
  /// The hub of the first unit, see `context::first_groups`.
  group_hub_actor first_groups = {};
  /// Whether this node runs the handlers.
  bool runs_handlers = true;
};

/// The state of a router: the handlers of its routes, each spawned when the
/// first message needs it; see `router`.
class router_state : router_line {
public:
  using pointer = pinned_pointer<router_actor, router_state>;

  static inline const char* name = "stagedoor.router";

  explicit router_state(pointer self) : self_(self) {}
  ~router_state();

  router_actor::behavior_type start(router_setup setup);

private:
  void answer(request_draft& message, answer_promise<reply> promise) override;
  caf::result<reply> run(std::uint64_t index, permitted_request& permitted);
  void opened(connection_opened& connection);
  void handler_died(const caf::down_msg& down);
  const role<handler_actor>& handler_of(const compiled_route& route);
  const role<handler_actor>& relay_of(const compiled_route& route);
  [[nodiscard]] bool is_here(const compiled_route& route,
                             const request_data& message) const;

  pointer self_;
  router_setup setup_;
  /// Of the endpoint on all units, in the order of the units. Empty until it is
  /// told.
  std::vector<router_actor> routers_;
  std::vector<respawner<role<handler_actor>>> handlers_;
  /// The same for messages that go to other nodes.
  std::vector<respawner<role<handler_actor>>> relays_;
  /// The server stops.
  bool is_ending_ = false;
};

/// Matches the route of each message of one endpoint's connections.
///
/// Receives: the routers of all units, and that the server stops (server);
/// messages (connection, or request answerer); openings (the same);
/// permitted messages of handlers that live for the server or by key (handlers
/// of other units); the deaths of its handlers.
/// Sends: each message, with the captures of its route, on to the handler of
/// the route, which answers the connection; a message that no route matches to
/// the root handler, because the endpoint's permissions come before the 404;
/// that the server stops to all handlers. Relays take the place of the handlers
/// on a node that runs none, and for messages of clients where each key has one
/// state in the cluster.
/// Limits: none of its own.
/// Ends when: the unit ends.
/// Next on the path: handler.hpp, or relay.hpp where the state is elsewhere.
router_actor::behavior_type router(router_state::pointer self,
                                   router_setup setup);

} // namespace stagedoor
