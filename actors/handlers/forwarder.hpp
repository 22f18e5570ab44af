#pragma once

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/handlers/open_messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// Which of several targets a forwarder picks for a message.
enum class placement : std::uint8_t {
  /// The target with which the fewest messages wait.
  fewest_waiting,
  /// The target that has the other messages of the connection, for as long as
  /// that target lives.
  by_connection,
  /// The same target for all messages.
  all_together,
};

/// What a forwarder works with.
struct forwarder_setup {
  runtime_ptr shared;
  /// Names the forwarder in the log. Its `placed_by`, if it has one, goes
  /// before `otherwise`.
  handler_spec handler;
  replicas targets;
  placement otherwise = placement::fewest_waiting;
  /// Whether the targets are request answerers, which count what they answer,
  /// and not actors of the application. Those of other nodes get batches.
  bool to_nodes = false;
  /// What the names of keys begin with, for a handler with one state of each
  /// key in the cluster: a message goes to the node that has the state. Empty
  /// for others.
  std::string keys = {};
};

/// Sends messages to actors elsewhere and answers with what they answer: for a
/// handler, the actors that are mounted there; for a relay, the nodes that run
/// the handlers, each of which gets what the unit has for it in a turn at once.
///
/// It picks one of the replicas for each message. If that one is gone before it
/// has answered, an idempotent action is begun again on another replica, and so
/// is a message that only asks; any
/// other action gets 503, because nobody knows how far it has come. An answer
/// that says that its node is about to end counts as a death. Any other error
/// is logged and gets 500, or 504 if the actor says that it is late.
/// Limits: the deadline of each message, which its owner arms.
/// Thread rule: belongs to one actor.
class forwarder {
public:
  /// @param self the handler or relay, which hears of the deaths of replicas
  ///        and connections, and passes them on to this object.
  /// @param messages outlives the forwarder.
  forwarder(handler_role* self, open_messages& messages, forwarder_setup setup);

  forwarder(const forwarder&) = delete;
  forwarder& operator=(const forwarder&) = delete;

  /// Sends a permitted message of a handler to a replica, unless its arguments
  /// are not what the action declares: then it gets 400.
  void begin(std::uint64_t id, pending_message& pending);

  /// Sends a message to a replica; it gets 503 if there is none.
  void send(std::uint64_t id, pending_message& pending);

  /// Picks the replica that gets the messages of a connection.
  /// @returns null if there is none.
  caf::actor place(const connection_opened& connection);

  /// Forgets where the messages of a connection go, if the actor is a
  /// connection that has been placed.
  /// @returns the number of the connection, or nothing if it is none of them.
  std::optional<std::uint64_t> connection_died(const caf::actor_addr& actor);

  /// Begins the messages that a replica had again elsewhere, or answers them.
  void replica_died(const caf::down_msg& down);

private:
  struct placed_connection {
    std::uint64_t connection_id;
    caf::actor_addr replica;
  };

  [[nodiscard]] bool is_here(const replica_set::entry& target) const;
  void refresh();
  replica_set::entry* pick(const pending_message& pending);
  [[nodiscard]] std::string holder_of(std::string_view key) const;
  replica_set::entry*
  pick_for_connection(const connection_opened& connection,
                      const std::vector<caf::actor_addr>& tried);
  void returned(const caf::actor_addr& target);
  void answered(std::uint64_t id, const caf::actor_addr& target, reply& result);
  void failed(std::uint64_t id, const caf::actor_addr& target,
              const caf::error& error);
  void lost(std::uint64_t id, pending_message& pending);

  handler_role* self_;
  open_messages& messages_;
  forwarder_setup setup_;
  replica_set targets_;
  /// By the connection's actor: a number may be that of another node's
  /// connection as well.
  std::unordered_map<caf::actor_addr, placed_connection> connections_;
};

} // namespace stagedoor
