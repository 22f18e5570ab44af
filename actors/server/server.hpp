#pragma once

#include "stagedoor/actors/cluster/join_cluster.hpp"
#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/web_page.hpp"

#include "caf/actor_system.hpp"
#include "caf/expected.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// The options of the admin endpoint of a server, see admin.hpp.
struct admin_options {
  /// The least bytes of a token, because a shorter one can be guessed.
  static constexpr std::size_t token_bytes_min = 16;

  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// The port; 0 lets the system choose one.
  std::uint16_t port = 0;
  /// The bearer token of operators.
  std::string token;
};

/// The options of the metrics of a server, for Prometheus; see
/// metrics_endpoint.hpp.
struct metrics_options {
  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// 0 lets the system choose one.
  std::uint16_t port = 0;
};

/// The options of a server. `from` takes them from the configuration of the
/// actor system; an application may also fill them in.
struct server_options {
  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// 0 lets the system choose one.
  std::uint16_t port = 8080;
  /// The number of I/O units, each with a thread of its own; 0 means one per
  /// core.
  std::size_t threads = 0;
  stagedoor::limits limits;
  /// Says who may run the actions of handlers that name no permissions.
  stagedoor::default_permission default_permission =
      stagedoor::default_permission::allow;
  /// The authenticator, which finds the user of a bearer token: a users file,
  /// JSON Web Tokens (`make_jwt_authenticator`), both with
  /// `any_of_authenticators`, or one of the application's own. Null refuses all
  /// tokens.
  authenticator_ptr users;
  /// An actor of the application (an `authenticator_actor`), on this node or on
  /// another one, that finds the user of a bearer token, or a `service(…)` that
  /// nodes offer. If it is set, `users` is not asked. If it is gone or late,
  /// clients with a token get a 503.
  replicas authenticator;
  /// The pages by their paths. The server sends them from memory as answers to
  /// GET and HEAD. Everybody may read them. Requests for a WebSocket of the
  /// same path still reach the endpoint.
  web_pages pages;
  /// Nothing if there is no admin endpoint.
  std::optional<admin_options> admin;
  /// Nothing if the server counts nothing. With metrics, the whole process
  /// ignores SIGPIPE from the start on.
  std::optional<metrics_options> metrics;
  /// The name of the server. Servers with the same name on several nodes are
  /// one server with common groups. A node may have only one server of each
  /// name.
  std::string name = "stagedoor";
  /// The node that the server runs on, see `join_cluster`; null if it stands
  /// alone. A node without the role `handlers` asks `can_connect` itself and
  /// sends messages to nodes with that role, which ask the permissions for
  /// messages.
  cluster_ptr cluster;
  /// The logger; null for spdlog's default logger.
  std::shared_ptr<spdlog::logger> log;

  /// Reads `bind`, `port`, `threads`, `users`, `jwt-keys`, `jwt-issuer`,
  /// `jwt-audience`, `jwt-leeway`, `jwt-require-expiry`, `default-permission`,
  /// `admin-bind`, `admin-port`, `admin-token-file`, `metrics-bind`,
  /// `metrics-port` and `limits.*`. If both `users` and `jwt-keys` are set, the
  /// users file is asked first, and its groups also count for JSON Web Tokens.
  /// A key file that becomes bad is logged through spdlog's default logger.
  /// @returns errc::invalid_option with a line that names the option.
  static caf::expected<server_options>
  from(const caf::actor_system_config& cfg);
};

/// A running server. Destroying it stops it; the actor system goes on.
/// Thread rule: any thread but those of its units; one thread at a time.
class server {
public:
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  /// Returns the port on which the server listens.
  [[nodiscard]] std::uint16_t port() const;

  /// Starts to drain. New clients get a 503, and other nodes send no more
  /// messages. Each connection is closed with 1012 and a time to wait as soon
  /// as its messages are answered.
  void drain();

  /// Waits until the drain is over.
  /// @returns whether it is.
  bool wait_drained(std::chrono::milliseconds timeout);

  /// Stops the server at once. Clients that are still connected get a close
  /// with 1011.
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

  /// Drops the cached permission decisions of a user, or of all users if the id
  /// is empty, on all nodes that this one sees. Call it when the data behind
  /// the decisions has changed.
  void invalidate(std::string_view id = {});

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
template <class... Endpoints>
caf::expected<server> serve(caf::actor_system& sys, Endpoints... endpoints) {
  auto options = server_options::from(sys.config());
  if (!options)
    return std::move(options.error());
  auto node = join_cluster(sys);
  if (!node)
    return std::move(node.error());
  options->cluster = std::move(*node);
  return serve(sys, *options,
               std::vector<endpoint_spec>{std::move(endpoints)...});
}

} // namespace stagedoor
