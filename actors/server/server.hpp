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

/// The admin endpoint of a server, see admin.hpp.
struct admin_options {
  /// Bytes of a token: a shorter one can be guessed.
  static constexpr std::size_t token_bytes_min = 16;

  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// 0 lets the system choose one.
  std::uint16_t port = 0;
  /// What operators send as their bearer token.
  std::string token;
};

/// The metrics of a server, for Prometheus, see metrics_endpoint.hpp.
struct metrics_options {
  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// 0 lets the system choose one.
  std::uint16_t port = 0;
};

/// How a server is set up. `from` takes it from the configuration of the actor
/// system; an embedder may also fill it in.
struct server_options {
  /// The numeric address to listen on.
  std::string bind = "127.0.0.1";
  /// 0 lets the system choose one.
  std::uint16_t port = 8080;
  /// I/O units, each with a thread of its own; 0 is one per core.
  std::size_t threads = 0;
  stagedoor::limits limits;
  /// Guards the actions of handlers that name no permissions.
  stagedoor::default_permission default_permission =
      stagedoor::default_permission::allow;
  /// Who has a bearer token: a users file, JSON Web Tokens
  /// (`make_jwt_authenticator`), both with `any_of_authenticators`, or one of
  /// the application's own; null refuses all tokens.
  authenticator_ptr users;
  /// An actor of the embedding application (an `authenticator_actor`), local or
  /// on another node, that knows who has a bearer token, or a `service(…)` that
  /// nodes offer. If it is set, `users` is not asked. Where it is gone or late,
  /// tokens are answered with 503.
  replicas authenticator;
  /// What a GET, or a HEAD, of exactly that path is answered with, unless it
  /// asks for an upgrade: where an endpoint has the same path, WebSockets still
  /// reach it. Everyone may read them. They need room in memory only.
  web_pages pages;
  /// Nothing: there is no admin endpoint.
  std::optional<admin_options> admin;
  /// Nothing: nothing is counted. Else SIGPIPE is ignored from then on, in the
  /// whole process.
  std::optional<metrics_options> metrics;
  /// Servers of one name, on nodes that see each other, are one: groups span
  /// them. A node has one of each name.
  std::string name = "stagedoor";
  /// The node that it runs on, see `join_cluster`; null: it stands alone. On
  /// a node without the role `handlers` messages go to nodes that have it, and
  /// there the permissions for messages are asked; `can_connect` is asked here.
  cluster_ptr cluster;
  /// Null logs through spdlog's default logger.
  std::shared_ptr<spdlog::logger> log;

  /// Reads `bind`, `port`, `threads`, `users`, `jwt-keys`, `jwt-issuer`,
  /// `jwt-audience`, `jwt-leeway`, `jwt-require-expiry`, `default-permission`,
  /// `admin-bind`, `admin-port`, `admin-token-file`, `metrics-bind`,
  /// `metrics-port` and `limits.*`. Of `users` and `jwt-keys` the first is
  /// asked first, and its groups are those of JSON Web Tokens too. A key file
  /// that becomes bad is logged through spdlog's default logger.
  /// @returns errc::invalid_option with a line that names the option.
  static caf::expected<server_options>
  from(const caf::actor_system_config& cfg);
};

/// A running server. Destroying it stops it; the actor system goes on.
/// Thread rule: any thread but those of its units; one at a time.
class server {
public:
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  /// The port that is listened on.
  [[nodiscard]] std::uint16_t port() const;

  /// Starts to drain: newcomers get 503, other nodes hand on nothing more, what
  /// has come is finished, then each connection is closed with 1012 and a time
  /// to reconnect after.
  void drain();

  /// Waits until a drain is over.
  /// @returns whether it is.
  bool wait_drained(std::chrono::milliseconds timeout);

  /// Ends what is still there. Clients that can be reached hear a 1011.
  void stop();

  /// Closes the connections of a user with 4401, reason `credentials_revoked`,
  /// on all nodes that this one sees; those as well that are about to open. The
  /// tokens of the user are for the authenticator to refuse from then on.
  /// @param id an integer in decimal, a string without quotes.
  void close_user(std::string_view id);

  /// Sends an event to all members of a group, on all nodes.
  void broadcast(std::string group, event what);

  /// Sends an event to all connections of a user, on all nodes.
  void push_to_user(const json::value& user_id, event what);

  /// Drops the cached permission decisions of a user, or of all users if the id
  /// is empty, on all nodes that this one sees: what they rest on has changed.
  void invalidate(std::string_view id = {});

  /// How often cached permission decisions served, and how often not.
  [[nodiscard]] const decision_cache_counts& cache_counts() const;

  /// The port of the admin endpoint; 0 if there is none.
  [[nodiscard]] std::uint16_t admin_port() const;

  /// The port where Prometheus finds the metrics; 0 if there is none, as after
  /// `stop`.
  [[nodiscard]] std::uint16_t metrics_port() const;

  /// The actor that takes `revoke_atom` and `invalidate_atom`, which is what
  /// `close_user` and `invalidate` send.
  [[nodiscard]] listener_actor listener() const;

  /// How many connections each unit has.
  [[nodiscard]] std::vector<std::size_t> connections() const;

  /// The permission pool of a unit: for questions of the embedding application.
  [[nodiscard]] permission_pool_actor permission_pool(std::size_t unit) const;

  struct implementation;

private:
  friend caf::expected<server> serve(caf::actor_system&, const server_options&,
                                     const std::vector<endpoint_spec>&);
  explicit server(std::unique_ptr<implementation> impl);

  std::unique_ptr<implementation> impl_;
};

/// Starts a server on an actor system whose configuration went through
/// `configure`. It must end before the actor system does.
/// @returns an error with one line that says what is wrong; then nothing has
///          been started.
caf::expected<server> serve(caf::actor_system& sys,
                            const server_options& options,
                            const std::vector<endpoint_spec>& endpoints);

/// The same with the options of the actor system's configuration; with `node`
/// among them, on that node.
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
