#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/handlers/pending_message.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stagedoor {

/// What a subscription hub works with.
struct subscription_hub_setup {
  runtime_ptr shared;
  route_tree_ptr routes;
  /// The index of the route whose clients subscribe.
  std::size_t route = 0;
  permission_pool_actor pool;
  group_hub_actor groups;
};

/// The state of a subscription hub; see `subscription_hub`.
class subscription_hub_state {
public:
  using pointer =
      pinned_pointer<subscription_hub_actor, subscription_hub_state>;

  static inline const char* name = "stagedoor.subscription_hub";

  explicit subscription_hub_state(pointer self) : self_(self) {}
  /// Closes the connections of subscribers who would hear nothing more.
  ~subscription_hub_state();

  subscription_hub_actor::behavior_type start(subscription_hub_setup setup);

private:
  struct open_subscription {
    /// The message that has begun it, with the scope that its client has now.
    request message;
    std::unique_ptr<const subscription> what;
    std::string group;
    /// The changes that wait while the pool is asked about one.
    std::deque<observed_change_ptr> waiting = {};
    bool is_asking = false;
    /// Whether its client surely has the answer that has begun it.
    bool is_known = false;

    [[nodiscard]] const json::value& request_id() const {
      return *message.data().message.head.request_id;
    }
  };

  struct subscriber {
    caf::actor connection;
    /// Its subscriptions, the oldest first.
    std::vector<std::uint64_t> open;
  };

  /// A question to the permissions about a change.
  struct open_question {
    question asked;
    std::shared_ptr<evaluation> about;
    notice told;
  };

  /// A feed with subscribers.
  struct watched_feed {
    change_feed_ptr feed;
    /// What has the feed tell of its changes; null: the group does.
    std::shared_ptr<void> watch;
    /// The oldest first.
    std::set<std::uint64_t> subscriptions;
  };

  // -- subscribers ------------------------------------------------------------

  reply change(const request& message, const loaded_object& object,
               reply& success);
  reply begin(const request& message, const change_feed_ptr& feed,
              const loaded_object& object, reply& success);
  [[nodiscard]] std::uint64_t find(const subscriber& client,
                                   const json::value& request_id);
  void add(const request& message, const change_feed_ptr& feed,
           std::unique_ptr<const subscription> what);
  void end(std::uint64_t id);
  void refresh(const connection_opened& refreshed);
  void actor_died(const caf::down_msg& down);

  // -- changes, in order ------------------------------------------------------

  void observe(const std::string& text);
  void missed(const std::string& group);
  void close(std::uint64_t id, const char* reason);
  void go_on(std::uint64_t id);
  std::optional<notice> judge(const open_subscription& open,
                              const observed_change& change);
  void ask(std::uint64_t id, open_question next);
  const decision* ask_here(std::uint64_t id, const open_question& next);
  void ask_pool(std::uint64_t id, const open_question& next);
  void answered(std::uint64_t id, open_question next, const decision& answer);
  bool decided(std::uint64_t id, open_question& next, const decision& answer);
  void tell(std::uint64_t id, const notice& told);

  [[nodiscard]] const compiled_route& route() const {
    return setup_.routes->all()[setup_.route];
  }
  [[nodiscard]] const action_definition&
  action_of(const request& message) const {
    return route().handler->actions.find(message.action())->second;
  }
  void log_thrown(const char* what) const;

  pointer self_;
  subscription_hub_setup setup_;
  open_requests<open_subscription> open_;
  std::unordered_map<caf::actor_addr, subscriber> clients_;
  /// By group.
  std::unordered_map<std::string, watched_feed> feeds_;
};

/// Knows which client of its unit has subscribed to what at one route, and
/// tells it of changes: what the change is to the client is judged by the feed,
/// and the permissions of the action with which the client has subscribed are
/// asked each time.
///
/// Receives: the success of actions that begin or end a subscription (handler);
/// changes (group hub, or the feed); that a feed has missed changes, for which
/// its subscribers are closed with 4013; refreshed credentials and deaths of
/// its clients.
/// Sends: questions that take a while (permission pool); events (connections).
/// Limits: `subscriptions_max`, `subscription_changes_max`.
/// Ends when: the unit ends. If it dies before, the connections of its
/// subscribers are closed with 1011, so that they subscribe again.
/// Next on the path: connection.hpp.
subscription_hub_actor::behavior_type
subscription_hub(subscription_hub_state::pointer self,
                 subscription_hub_setup setup);

/// The subscription hub of one handler. It is spawned when a client subscribes
/// first, and again when it has died, and ends with the handler.
/// Thread rule: belongs to one actor.
class subscription_slot {
public:
  /// @param self the handler, which hears of the death of the hub.
  subscription_slot(handler_role* self, subscription_hub_setup setup)
      : self_(self), setup_(std::move(setup)) {}
  ~subscription_slot();

  subscription_slot(const subscription_slot&) = delete;
  subscription_slot& operator=(const subscription_slot&) = delete;

  const subscription_hub_actor& hub();

  /// @returns whether it was the hub that has died.
  bool hub_died(const caf::down_msg& down);

private:
  handler_role* self_;
  subscription_hub_setup setup_;
  subscription_hub_actor hub_;
};

} // namespace stagedoor
