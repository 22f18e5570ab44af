#pragma once

#include "caf/actor_system_config.hpp"
#include "caf/error.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// Prepares the configuration of an application for a server. It registers the
/// message types and errors of the library, and makes CAF watch the connections
/// to other nodes: `middleman.heartbeat-interval` becomes 1 s and
/// `middleman.connection-timeout` 3 s, unless they are set. Call it before the
/// actor system exists.
void configure(caf::actor_system_config& cfg);

/// Sets the level of spdlog's loggers to `log-level`, which is `info` unless it
/// is set.
/// @returns errc::invalid_option with a line that names the option.
caf::error use_log_level(const caf::actor_system_config& cfg);

/// The configuration of a program whose main job is a server. It has CAF's own
/// options and config file, `--bind`, `--port`, `--threads`, `--users`,
/// `--jwt-keys` and `--jwt-*`, `--admin-port` and `--admin-*`, `--metrics-port`
/// and `--metrics-bind`, those of a node (see `cluster_options::from`),
/// `--default-permission`, `--log-level`, `--limits.<name>`, and those of the
/// commands, see `run_command`. An application with a configuration of its own
/// calls `configure` instead; `server_options::from` finds the same names in
/// its content.
class config : public caf::actor_system_config {
public:
  config();

  /// Parses the command line and the file that `--config-file` names. It
  /// accepts more than CAF does: a value may be an argument of its own (`--port
  /// 8080`), and one word without dashes, the subcommand, may stand anywhere.
  /// If the options name a node, it also calls `configure_cluster`.
  /// @returns errc::invalid_option with a line that names the option.
  caf::error parse_command_line(int argc, char** argv);

  /// Returns whether the command line asked for help. CAF has printed it in
  /// this case.
  [[nodiscard]] bool help_printed() const;

  /// The word without dashes; empty if there was none.
  [[nodiscard]] const std::string& subcommand() const { return subcommand_; }

private:
  /// Brings arguments into the only form that CAF accepts.
  caf::error join_values(std::vector<std::string>& arguments);

  /// Checks the config file, because CAF drops unknown options and values of a
  /// wrong type.
  [[nodiscard]] caf::error check_file() const;

  std::string subcommand_;
};

} // namespace stagedoor
