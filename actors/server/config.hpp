#pragma once

#include "stagedoor/actors/description/endpoint.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// Makes an application's configuration fit for a server: registers our message
/// types and errors, and has CAF watch connections to other nodes: unless they
/// are set, `middleman.heartbeat-interval` becomes 1 s and
/// `middleman.connection-timeout` 3 s. CAF wants that before the actor system
/// exists.
void configure(caf::actor_system_config& cfg);

/// Reads `default-permission`.
/// @returns errc::invalid_option with a line that names the option.
caf::error take_default_permission(const caf::actor_system_config& cfg,
                                   default_permission& target);

/// The configuration of a program whose main business is a server: CAF's own
/// options and config file, `--bind`, `--port`, `--threads`, `--users`,
/// `--jwt-keys` and `--jwt-*`, `--admin-port` and `--admin-*`,
/// `--metrics-port` and `--metrics-bind`, those of a node (see
/// `cluster_options::from`), `--default-permission`, `--log-level`,
/// `--limits.<name>`, and those of the commands, see `run_command`. An embedder
/// that has a configuration of its own calls `configure` instead;
/// `server_options::from` finds the same names in its content.
class config : public caf::actor_system_config {
public:
  config();

  /// Parses the command line and a config file named by `--config-file`. Beyond
  /// CAF: a value may be an argument of its own (`--port 8080`), and one word
  /// without dashes may stand anywhere: the subcommand. A node's configuration
  /// has gone through `configure_cluster` then.
  /// @returns errc::invalid_option with a line that names the option.
  caf::error parse_command_line(int argc, char** argv);

  /// Whether the command line asked for help, which CAF has printed then.
  [[nodiscard]] bool help_printed() const;

  /// The word without dashes, if there was one.
  [[nodiscard]] const std::string& subcommand() const { return subcommand_; }

private:
  /// Brings arguments into the only form that CAF takes.
  caf::error join_values(std::vector<std::string>& arguments);

  /// CAF drops what it does not know or what is of the wrong type.
  [[nodiscard]] caf::error check_file() const;

  std::string subcommand_;
};

} // namespace stagedoor
