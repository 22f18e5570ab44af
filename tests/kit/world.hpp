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

/// A server without sockets and threads for tests of handlers, permissions and
/// deadlines: the whole way of a message, from the opening request to the
/// envelope, through the very actors that a server runs. They run on CAF's
/// deterministic scheduler, on the thread of the test, in virtual time.
///
/// What blocks runs on worker threads, and takes no virtual time: the world
/// waits for it before it goes on, see `wait_for_workers`.
/// Errors: what is not as expected is a `failure`.
/// Thread rule: the thread that made it. It outlives its clients, and what else
/// refers to its actors.
class world {
public:
  /// A change to the configuration of the actor system, for message types and
  /// modules of the application.
  using edit = std::function<void(caf::actor_system_config&)>;

  /// An actor system; call `serve` once, with endpoints and options that may
  /// refer to actors of it.
  explicit world(const edit& change = {});

  /// A server with one endpoint, or with several.
  /// @param options as in `serve`.
  explicit world(endpoint_spec only, const server_options& options = {});
  explicit world(std::vector<endpoint_spec> endpoints,
                 const server_options& options = {});

  ~world();

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Starts the server.
  /// @param options its limits, default permission, users, authenticator and
  ///        log count; the log is kept in memory besides.
  /// Errors: throws `failure` if the server would not start with these.
  void serve(std::vector<endpoint_spec> endpoints,
             const server_options& options = {});

  /// Where actors of the application run as well: those that are spawned on it
  /// run with the others, on the thread of the test.
  [[nodiscard]] caf::actor_system& system();

  [[nodiscard]] const stagedoor::limits& limits() const;

  // -- clients ----------------------------------------------------------------

  /// Sends an opening request.
  /// @param target the path of an endpoint, and a query if there is one.
  pending_opening open(const std::string& target, const opening& how = {});

  /// Opens a connection: of nobody in particular, of a user, or as `how` says.
  /// Errors: throws `failure` with the answer if it is refused.
  client connect(const std::string& target, const opening& how = {});
  client connect(const std::string& target, user who);

  /// A bearer token that belongs to `who`, for instance to refresh credentials.
  /// @param lifetime how long it holds from now on; absent: for ever.
  std::string token_for(user who,
                        std::optional<std::chrono::seconds> lifetime = {});

  // -- time -------------------------------------------------------------------

  /// Lets virtual time pass: everything is done at its time, in order.
  void advance(std::chrono::milliseconds by);

  /// The wall clock, which goes with virtual time.
  [[nodiscard]] std::chrono::system_clock::time_point wall_now() const;

  /// Runs all actors until they rest. The verbs of clients do so themselves;
  /// call it after messages of one's own to actors.
  void settle();

  /// The same, with what other threads send, until `holds()`.
  /// @returns whether it came true in time, see `patience`.
  bool settle_until(const std::function<bool()>& holds);

  /// How long the world waits, in real time, for worker threads, and an
  /// expectation for what may still come from other threads. Default: 5 s.
  void patience(std::chrono::milliseconds value);

  /// Whether the world waits for blocking actions, loaders and permissions.
  /// Without, they run while virtual time passes: for tests of what is late.
  /// Default: true.
  void wait_for_workers(bool value);

  // -- the server -------------------------------------------------------------

  /// What `server` does under these names.
  void close_user(std::string_view id);
  void invalidate(std::string_view id = {});
  void drain();
  void broadcast(std::string group, event what);
  void push_to_user(const json::value& user_id, event what);

  /// What `cluster::offer` does: whatever names the service finds the actor.
  void offer(const std::string& name, const caf::actor& handle);

  /// What has been logged, a line per entry: the level and the text.
  [[nodiscard]] std::string log() const;
  [[nodiscard]] bool logged(std::string_view text) const;

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace stagedoor::testing
