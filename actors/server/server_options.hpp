#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/description/health_check.hpp"
#include "stagedoor/actors/description/notifier.hpp"
#include "stagedoor/actors/description/replicas.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/web_page.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace prometheus {
class Collectable;
} // namespace prometheus

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
  /// Metrics of the application, which stand behind those of the server, such
  /// as a `prometheus::Registry`. They are collected on a thread of their own,
  /// and their names do not begin with `stagedoor_` or `caf_`.
  std::vector<std::shared_ptr<prometheus::Collectable>> own = {};
  /// One message in so many, chosen by chance, has its times measured; 1
  /// measures each, and 0 none.
  std::uint32_t sample = 16;
};

/// By which interface of Linux the units of a server wait for their sockets,
/// read from them and write to them.
enum class io_choice : std::uint8_t {
  /// `uring` where the system has it for this process, and `epoll` elsewhere.
  automatic,
  /// epoll, which every machine has.
  epoll,
  /// io_uring, which needs Linux 6.1, and which many containers forbid.
  uring,
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
  /// How long an I/O unit looks for a message before it sleeps, at most
  /// `server_limits::spin_max`. A thread that sleeps needs some 30 µs to wake
  /// up, which clients that wait for each answer feel. It looks only while
  /// messages come that soon, so an idle server sleeps. 0 never looks.
  std::chrono::microseconds spin{0};
  /// By which interface of Linux the I/O units wait for their sockets, read
  /// from them and write to them. io_uring costs less time for a message, and
  /// not every machine has it; the server logs what it uses.
  io_choice io = io_choice::automatic;
  /// Whether the actors of an I/O unit answer each other without a message
  /// where they can. Off, every question is a message: for tests, and to
  /// compare.
  bool direct_delivery = true;
  stagedoor::limits limits;
  /// Closes connections with the registered codes 1012 and 1013 in place of
  /// 4012 (the server restarts) and 4013 (the client is too slow). Many clients
  /// take the registered ones for an error of the protocol.
  bool standard_close_codes = false;
  /// The time between a signal and the drain, in which `/readyz` already
  /// answers 503 while newcomers are still served. Behind a load balancer it
  /// should be as long as the balancer needs to notice that. At most
  /// `server_limits::drain_delay_max`.
  limits::duration drain_delay{0};
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
  replicas_for<authenticator_actor> authenticator;
  /// The pages by their paths. The server sends them from memory as answers to
  /// GET and HEAD. Everybody may read them. Requests for a WebSocket of the
  /// same path still reach the endpoint.
  web_pages pages;
  /// What the application tells clients with, if it has made it before the
  /// server.
  std::optional<stagedoor::notifier> notifier;
  /// Nothing if there is no admin endpoint.
  std::optional<admin_options> admin;
  /// Nothing if the server counts nothing.
  std::optional<metrics_options> metrics;
  /// What `/readyz` asks besides, in order, whenever somebody asks it.
  std::vector<health_check> health_checks;
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

  /// Reads `bind`, `port`, `threads`, `spin`, `io`, `users`,
  /// `jwt-keys`, `jwt-issuer`, `jwt-audience`, `jwt-leeway`,
  /// `jwt-require-expiry`, `jwt-attribute-claims`, `default-permission`,
  /// `standard-close-codes`, `drain-delay`, `admin-bind`, `admin-port`,
  /// `admin-token-file`, `metrics-bind`, `metrics-port`, `metrics-sample` and
  /// `limits.*`. The users file is asked before `jwt-keys`, and its groups also
  /// count for JSON Web Tokens. A key file that becomes bad is logged through
  /// spdlog's default logger.
  /// @returns errc::invalid_option with a line that names the option.
  static caf::expected<server_options>
  from(const caf::actor_system_config& cfg);

  /// The same of a section of the configuration, see `add_options`.
  static caf::expected<server_options> from(const caf::actor_system_config& cfg,
                                            const std::string& section);
};

/// Reads `default-permission`.
/// @returns errc::invalid_option with a line that names the option.
caf::error take_default_permission(const caf::actor_system_config& cfg,
                                   default_permission& target);

/// Checks that the time is in its range.
/// @returns errc::invalid_option with a line that names the option.
caf::error check_drain_delay(limits::duration delay);

/// Checks `spin`.
/// @returns errc::invalid_option with a line that names the option.
caf::error check_spin(std::chrono::microseconds time);

/// Checks the options of a server that name no file.
/// @returns errc::invalid_option with a line that names the option.
caf::error check_values(const caf::actor_system_config& cfg);

} // namespace stagedoor
