#pragma once

#include "stagedoor/actors/cluster/join_cluster.hpp"
#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/permissions/decision_cache.hpp"

#include "caf/actor_system.hpp"
#include "caf/expected.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

class termination_signals;

/// A running server. Destroying it stops it; the actor system goes on.
/// Thread rule: any thread but those of its units; one thread at a time.
class server {
public:
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  /// Returns the port on which the server listens.
  [[nodiscard]] std::uint16_t port() const;

  /// Says that a drain is about to begin: `/readyz` answers 503 from now on, so
  /// that load balancers send newcomers elsewhere. Those that come all the same
  /// are served. `run_until` calls it by itself if there is a `drain_delay`.
  void announce_drain();

  /// Starts to drain. New clients get a 503, and other nodes send no more
  /// messages. Each connection is closed with 4012 and a time to wait as soon
  /// as its messages are answered.
  void drain();

  /// Waits until the drain is over.
  /// @returns whether it is.
  bool wait_drained(std::chrono::milliseconds timeout);

  /// Serves until SIGINT, SIGTERM or SIGHUP comes, then drains for
  /// `drain_timeout` at most, and stops. If something of the application still
  /// runs soon after that time, the log names it, and the process ends with
  /// status 0. A second signal ends the process at once, with status 1.
  void run_until(termination_signals& signals);

  /// Stops the server at once. Clients that are still connected get a close
  /// with 1011. It waits for what `on_end` does for states that live by key, at
  /// most for twice `action_timeout`.
  void stop();

  /// Closes the connections of a user with 4401 and the reason
  /// `credentials_revoked`, on all nodes that this one sees, also those that
  /// are just being opened. From then on the authenticator has to refuse the
  /// tokens of the user.
  /// @param id an integer in decimal, a string without quotes.
  void close_user(std::string_view id);

  /// Sends an event to all members of a group on all nodes.
  void broadcast(std::string group, event event);

  /// Sends an event to all connections of a user on all nodes.
  void push_to_user(const json::value& user_id, event event);

  /// What tells clients something from any thread: the one of the options, or
  /// the server's own.
  [[nodiscard]] const stagedoor::notifier& notifier() const;

  /// Drops the cached permission decisions of a user, or of all users if the id
  /// is empty, and asks the guards of their groups again, on all nodes. Call it
  /// when the data behind the decisions has changed. It blocks until all nodes
  /// have asked, at most for `invalidate_timeout`; from then on nothing of a
  /// group is queued for a member whose guard says no. An actor that must not
  /// block sends `invalidate_atom` to the `listener` instead. Nor call it in a
  /// blocking action: guards may need that thread.
  /// @returns errc::timed_out, whose text names the nodes, if some have not
  ///          answered in time or are lost.
  caf::error invalidate(std::string_view id = {});

  /// Returns how often a look-up found a cached permission decision, and how
  /// often not.
  [[nodiscard]] const decision_cache_counts& cache_counts() const;

  /// Returns the port of the admin endpoint; 0 if there is none.
  [[nodiscard]] std::uint16_t admin_port() const;

  /// Returns the port of the metrics; 0 if there are none, and after `stop`.
  [[nodiscard]] std::uint16_t metrics_port() const;

  /// Returns the listener, to which `close_user` and `invalidate` send
  /// `revoke_atom` and `invalidate_atom`.
  [[nodiscard]] listener_actor listener() const;

  /// Returns the number of connections of each unit.
  [[nodiscard]] std::vector<std::size_t> connections() const;

  /// Returns the permission pool of a unit, for questions of the application.
  [[nodiscard]] permission_pool_actor permission_pool(std::size_t unit) const;

  struct implementation;

private:
  friend caf::expected<server> serve(caf::actor_system&, const server_options&,
                                     const std::vector<endpoint_spec>&);
  explicit server(std::unique_ptr<implementation> impl);

  std::unique_ptr<implementation> impl_;
};

/// Starts a server on an actor system whose configuration has gone through
/// `configure`. The server must end before the actor system does.
/// @returns an error with one line that says what is wrong. In this case
///          nothing has been started.
caf::expected<server> serve(caf::actor_system& sys,
                            const server_options& options,
                            const std::vector<endpoint_spec>& endpoints);

/// The same with the options of the actor system's configuration. If they name
/// a node, the server runs on that node.
/// @param tells what the application tells clients with.
template <class... Endpoints>
caf::expected<server> serve(caf::actor_system& sys, const notifier& tells,
                            Endpoints... endpoints) {
  auto options = server_options::from(sys.config());
  if (!options)
    return std::move(options.error());
  options->notifier = tells;
  auto node = join_cluster(sys);
  if (!node)
    return std::move(node.error());
  options->cluster = std::move(*node);
  return serve(sys, *options,
               std::vector<endpoint_spec>{std::move(endpoints)...});
}

/// The same for an application that has made no notifier.
template <class... Endpoints>
caf::expected<server> serve(caf::actor_system& sys, Endpoints... endpoints) {
  return serve(sys, notifier{sys}, std::move(endpoints)...);
}

} // namespace stagedoor
