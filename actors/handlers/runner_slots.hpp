#pragma once

#include "stagedoor/actors/handlers/pending_message.hpp"
#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/actors/units/respawner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace stagedoor {

/// The runners of one handler, and the connections that it serves: which runner
/// serves which connection, and which runner has been told of it.
///
/// A handler that lives for its connections has a runner for each of them; any
/// other handler has one runner for all. A runner is spawned when it is needed
/// first, and again when it has died (see `respawner`). It is told of a
/// connection before the first message of that connection, so that `on_open`
/// runs before any action, and of the connection's end.
/// Limits: a runner per connection at most.
/// Thread rule: belongs to one actor.
class runner_slots {
public:
  /// @param self the handler, which hears of the deaths of runners and
  ///        connections, and passes them on to this object.
  /// @param setup what each runner works with.
  /// @param greets whether the runners are told of connections, for the hooks
  ///        of the handler.
  runner_slots(handler_role* self, runner_setup setup, bool greets);

  /// Ends the runners.
  ~runner_slots();

  runner_slots(const runner_slots&) = delete;
  runner_slots& operator=(const runner_slots&) = delete;

  /// The runner of a connection.
  /// @returns null while the next life of a runner that has died must wait.
  runner_actor runner_for(std::uint64_t connection_id);

  /// Watches a connection from now on, and tells its runner of it, unless both
  /// have happened before.
  void introduce(const connection_opened& connection);

  /// Ends what a connection had, if the actor is one that is watched.
  /// @returns the number of the connection, or nothing if it is none of them.
  std::optional<std::uint64_t> connection_died(const caf::actor_addr& actor);

  /// Makes room for the next life of a runner, if the actor was one.
  void runner_died(const caf::down_msg& down);

private:
  struct known_connection {
    connection_opened connection;
    /// The runner that has heard of it.
    caf::actor_addr told;
  };

  void greet(known_connection& known);
  [[nodiscard]] std::string text_of_client(std::uint64_t connection_id) const;
  respawner<runner_actor>& slot_of(std::uint64_t connection_id);
  [[nodiscard]] bool has_one_for_each_connection() const {
    return setup_.handler->lifetime == lifetime::connection;
  }

  handler_role* self_;
  runner_setup setup_;
  bool greets_;
  /// By connection, or under 0 where one runner serves all connections.
  std::unordered_map<std::uint64_t, respawner<runner_actor>> runners_;
  /// By the connection's actor: a number may be that of another node's
  /// connection as well.
  std::unordered_map<caf::actor_addr, known_connection> connections_;
};

} // namespace stagedoor
