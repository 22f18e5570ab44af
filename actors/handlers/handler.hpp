#pragma once

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/actors/units/respawner.hpp"

#include "caf/message_id.hpp"
#include "caf/typed_response_promise.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// What a handler works with.
struct handler_setup {
  runtime_ptr shared;
  route_tree_ptr routes;
  /// The route that it handles.
  std::size_t route = 0;
  permission_pool_actor pool;
  group_hub_actor groups;
  /// Who runs the handlers if this node does not.
  replicas elsewhere;
  /// Null on the first unit; see router_setup.
  router_actor primary;
  /// The path of its endpoint.
  std::string endpoint = {};
};

class handler_state {
public:
  using pointer = pinned_pointer<handler_actor, handler_state>;

  static inline const char* name = "stagedoor.handler";

  explicit handler_state(pointer self) : self_(self) {}

  /// Answers for everything that is still open: a dying actor breaks no
  /// promise by itself.
  ~handler_state();

  handler_actor::behavior_type start(handler_setup setup);

private:
  /// Counts what is open, for as long as it lives.
  class open_count {
  public:
    explicit open_count(std::atomic<std::size_t>& open) : open_(open) {
      ++open_;
    }
    ~open_count() { --open_; }

    open_count(const open_count&) = delete;
    open_count& operator=(const open_count&) = delete;

  private:
    std::atomic<std::size_t>& open_;
  };

  /// A message on its way through this handler.
  struct pending_message {
    pending_message(caf::typed_response_promise<reply> owed, request what,
                    std::function<void()> on_expiry)
        : promise(std::move(owed)), message(std::move(what)),
          due(std::move(on_expiry)) {}

    caf::typed_response_promise<reply> promise;
    request message;
    /// What its permissions have answered.
    std::shared_ptr<evaluation> guard;
    /// Null until they have allowed the request.
    const action_definition* action = nullptr;
    /// For an action that takes one.
    loaded_object object;
    /// Of the permission first, then of the action.
    deadline due;
    /// The actor that runs it, once there is one.
    caf::actor_addr runner;
    /// The request to an actor elsewhere that has not been answered.
    std::optional<caf::message_id> asked;
    /// Those elsewhere that were gone before they answered.
    std::vector<caf::actor_addr> tried;
    /// For the message of another node's client.
    std::optional<open_count> relayed;
    blocking_workers::cancel_flag cancelled;
    /// Where its answer is counted; null if it is not, or on another unit.
    answer_tallies* tallies = nullptr;
    /// The promise has been kept with the interim reply.
    bool is_late = false;
    /// Whether success is answered.
    bool replies = true;
    /// Whom success is told to besides; null: nobody.
    const broadcast_target* broadcast = nullptr;
  };

  /// A connection whose end this handler has to know of.
  struct known_connection {
    connection_opened who;
    /// The runner that has heard of it.
    caf::actor_addr told;
    /// Where its messages go if this node runs no handlers.
    caf::actor_addr placed;
  };

  // In the order in which a message meets them.
  caf::result<reply> guard(request& message, bool matched);
  void decided(std::uint64_t id, bool matched, const decision& result);
  void start_action(std::uint64_t id);
  void run_elsewhere(std::uint64_t id);
  void lost_on_primary(std::uint64_t id, const caf::error& error);
  caf::result<reply> run_permitted(permitted_request& message);
  void load_object(std::uint64_t id);
  void loaded(std::uint64_t id, preparation& result);
  void decided_on_object(std::uint64_t id, const decision& result);
  void run(std::uint64_t id);
  void finish(std::uint64_t id, reply answer);

  // Elsewhere (handler_mounts.cpp).
  caf::result<reply> relay(request& message, bool matched);
  void pass_on(std::uint64_t id);
  void give_up(pending_message& pending);
  replica_set::entry* replica_for(pending_message& pending);
  replica_set::entry*
  replica_of_connection(const connection_opened& who,
                        const std::vector<caf::actor_addr>& tried);
  void returned(const caf::actor_addr& from);
  void answered_elsewhere(std::uint64_t id, const caf::actor_addr& target,
                          reply& result);
  void failed_elsewhere(std::uint64_t id, const caf::actor_addr& target,
                        const caf::error& error);
  void lost_elsewhere(std::uint64_t id);
  void replica_died(const caf::down_msg& down);

  [[nodiscard]] const action_definition*
  action_of(const std::string& action_name) const;
  static void begin(pending_message& pending, const action_definition& action);
  static void answer_interim(pending_message& pending);
  bool admit(std::uint64_t id, question asked, const decision& result);
  void submit(std::uint64_t id, std::function<void()> job);
  runner_actor runner_of(std::uint64_t id);
  void fail(std::uint64_t id, const caf::error& error);
  void expire(std::uint64_t id);

  /// Whether the client of a message has gone: a runner that is spawned for it
  /// now would never hear of that.
  [[nodiscard]] static bool is_orphaned(const request& message);
  std::uint64_t add_pending(request& message);
  answer_tallies* tallies_of(const request& message, bool matched);
  void arm(pending_message& pending, limits::duration timeout);
  void answer(pending_message& pending, reply answer);
  static void give_back(pending_message& pending);

  void opened(connection_opened& connection);
  void introduce(const connection_opened& who);
  void tell(known_connection& known);
  void someone_died(const caf::down_msg& down);
  void connection_died(const caf::actor_addr& who);
  void runner_died(const caf::down_msg& down);
  respawner<runner_actor>& runner_slot(std::uint64_t connection_id);
  runner_actor runner_for(std::uint64_t connection_id);

  [[nodiscard]] const compiled_route& route() const {
    return setup_.routes->all()[setup_.route];
  }
  [[nodiscard]] const handler_definition& definition() const {
    return *route().handler;
  }
  /// Whether the runner is on another unit.
  [[nodiscard]] bool runner_is_elsewhere() const {
    return definition().lifetime == lifetime::server && setup_.primary;
  }
  /// Whether the permissions of a message look at objects.
  [[nodiscard]] static bool asks_about_objects(const pending_message& pending) {
    return pending.guard->guard()->overrides(question::has_object_permission);
  }
  /// Whether the runner runs an action: it has what the action takes, or has to
  /// greet the client first.
  [[nodiscard]] bool runs_on_runner(const action_definition& action) const {
    return action.needs_runner || (definition().on_open && !action.blocking);
  }
  /// The same for an action or the loader before it.
  [[nodiscard]] bool needs_runner(const action_definition& action) const {
    return runs_on_runner(action)
           || (action.takes_object && !definition().loader->blocking);
  }

  pointer self_;
  handler_setup setup_;
  /// Nothing if the route leads nowhere else.
  std::optional<replica_set> targets_;
  /// Of its route; null if nothing is counted.
  action_tallies* tallies_ = nullptr;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, pending_message> pending_;
  /// By connection, or under 0 where one runner serves all connections.
  std::unordered_map<std::uint64_t, respawner<runner_actor>> runners_;
  /// By the connection's actor: an ID would be another node's as well.
  std::unordered_map<caf::actor_addr, known_connection> connections_;
};

/// Guards one route, and runs its actions or has them run: by a runner, by
/// actors of the application that are mounted there, or by another node.
///
/// Receives: messages for its route (router); answers of worker threads; its
/// connections' and runners' deaths.
/// Sends: a question for each message, and one for each object that an action
/// takes (permission pool); a permitted message to the actors that are mounted,
/// or, if its action needs it, to the runner, which is spawned by the first
/// one, or to a worker thread; the reply (connection), and behind it the event
/// of an action that broadcasts (group hub). Limits: `permission_timeout`,
/// `action_timeout`. Ends when: the unit ends. The router replaces it if it
/// dies before; what it had not answered gets 500, but from a node that ends an
/// error, so that the node of the client can begin it elsewhere. Next on the
/// path: permission_pool.hpp, then runner.hpp.
handler_actor::behavior_type route_handler(handler_state::pointer self,
                                           handler_setup setup);

} // namespace stagedoor
