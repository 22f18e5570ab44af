#pragma once

#include "stagedoor/actors/server/server.hpp"
#include "stagedoor/testing/client.hpp"
#include "stagedoor/testing/failure.hpp"
#include "stagedoor/testing/opening.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor::testing {

class virtual_server;
class virtual_stage;

/// A server without sockets and threads, for tests of handlers, permissions and
/// deadlines. A message goes its whole way, from the opening request to the
/// envelope, through the same actors that a server runs. They run on CAF's
/// deterministic scheduler, on the thread of the test, in virtual time.
///
/// Blocking actions, loaders and permissions run on worker threads and take no
/// virtual time. The world waits for them before it goes on, see
/// `wait_for_workers`.
/// Errors: an expectation that is not met throws a `failure`.
/// Thread rule: the thread that made it. The world must outlive its clients and
/// everything else that refers to its actors.
class world {
public:
  /// A change to the configuration of the actor system, for message types and
  /// modules of the application.
  using edit = std::function<void(caf::actor_system_config&)>;

  /// Makes an actor system without a server. Call `serve` once, with endpoints
  /// and options that may refer to actors of this system.
  explicit world(const edit& change = {});

  /// Makes a server with one endpoint, or with several.
  /// @param options as in `serve`.
  explicit world(endpoint_spec only, const server_options& options = {});
  explicit world(std::vector<endpoint_spec> endpoints,
                 const server_options& options = {});

  ~world();

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Starts the server.
  /// @param options the limits, default permission, users, authenticator and
  ///        log are used. The world keeps the log in memory too.
  /// Errors: throws `failure` if the server does not start with these.
  void serve(std::vector<endpoint_spec> endpoints,
             const server_options& options = {});

  /// The actor system of the world. Actors of the application that are spawned
  /// on it run with the others, on the thread of the test.
  [[nodiscard]] caf::actor_system& system();

  [[nodiscard]] const stagedoor::limits& limits() const;

  // -- clients ----------------------------------------------------------------

  /// Sends an opening request.
  /// @param target the path of an endpoint, with a query if there is one.
  pending_opening open(const std::string& target, const opening& request = {});

  /// Opens a connection for an anonymous client, for a user, or with the given
  /// opening request.
  /// Errors: throws `failure` with the answer if the connection is refused.
  client connect(const std::string& target, const opening& request = {});
  client connect(const std::string& target, user visitor);

  /// Makes a bearer token of a user, for instance to refresh credentials.
  /// @param lifetime the time until the token expires; absent if it never
  ///        expires.
  std::string token_for(user owner,
                        std::optional<std::chrono::seconds> lifetime = {});

  // -- time -------------------------------------------------------------------

  /// Lets virtual time pass. Every deadline expires at its time and in order.
  void advance(std::chrono::milliseconds by);

  /// The wall clock, which follows virtual time.
  [[nodiscard]] std::chrono::system_clock::time_point wall_now() const;

  /// Runs all actors until they rest. The member functions of clients do so
  /// themselves; call this after the test has sent messages to actors.
  void settle();

  /// Runs all actors, also for messages from other threads, until `holds()` is
  /// true.
  /// @returns whether it became true in time, see `patience`.
  bool settle_until(const std::function<bool()>& holds);

  /// Sets the real time for which the world waits for worker threads, and an
  /// expectation for messages from other threads. Default: 5 s.
  void patience(std::chrono::milliseconds value);

  /// Sets whether the world waits for blocking actions, loaders and
  /// permissions. Otherwise they run while virtual time passes, for tests of
  /// late answers. Default: true.
  void wait_for_workers(bool value);

  // -- the server -------------------------------------------------------------

  /// These do the same as the functions of `server` with these names.
  void close_user(std::string_view id);
  void invalidate(std::string_view id = {});
  void drain();
  void broadcast(std::string group, event event);
  void push_to_user(const json::value& user_id, event event);

  /// Does what a server does first when it stops: all states that live by key
  /// end, and none begins any more. What their `on_end` waits for takes virtual
  /// time. The world goes on, so that a test sees what has become of them.
  void stop();

  /// Does the same as `cluster::offer`, so that `service(name)` finds the
  /// actor.
  void offer(const std::string& name, const caf::actor& handle);

  /// Returns the log, with a line for each entry: its level and its text.
  [[nodiscard]] std::string log() const;
  [[nodiscard]] bool logged(std::string_view text) const;

private:
  friend class virtual_stage;

  explicit world(std::unique_ptr<virtual_server> server);

  std::unique_ptr<virtual_server> server_;
};

} // namespace stagedoor::testing
