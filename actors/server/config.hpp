#pragma once

#include "caf/actor_system_config.hpp"
#include "caf/config_option_set.hpp"
#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <string>
#include <vector>

namespace stagedoor {

class config_file;

/// Prepares the configuration of an application for a server. It registers the
/// message types and errors of the library, and makes CAF watch the connections
/// to other nodes: `middleman.heartbeat-interval` becomes 1 s and
/// `middleman.connection-timeout` 3 s, unless they are set. So does
/// `scheduler.policy` become `sharing`: idle threads of the other policy,
/// `stealing`, keep looking for work. Call it before the actor system exists.
void configure(caf::actor_system_config& cfg);

/// Adds the options of a server and of a node to those of an application that
/// has a configuration of its own. Call it in the constructor of that
/// configuration, with its `custom_options_`.
/// @param section what stands before each name: with `chat` they are
///        `--chat.port`, `--chat.limits.idle-timeout` and so on, and a section
///        `chat` of the config file. `server_options::from(cfg, section)` and
///        `cluster_options::from(cfg, section)` read them. If it is empty, the
///        names are those of `config`.
void add_options(caf::config_option_set& target,
                 const std::string& section = {});

/// Sets the level of spdlog's loggers to `log-level`, which is `info` unless it
/// is set.
/// @returns errc::invalid_option with a line that names the option.
caf::error use_log_level(const caf::actor_system_config& cfg);

/// Lets a thread of its own write what spdlog's default logger gets, so that no
/// thread that logs ever waits for the reader of the log. 8,192 lines may wait;
/// one more drops the oldest, and a line says how many are missing. At its end
/// the program waits for the last lines, for 1.5 s at most. Call it
/// before the first server is made, once.
void log_in_background();

/// The configuration of a program whose main job is a server. It has CAF's own
/// options and config file, `--bind`, `--port`, `--threads`, `--users`,
/// `--jwt-keys` and `--jwt-*`, `--admin-port` and `--admin-*`, `--metrics-port`
/// and `--metrics-bind`, those of a node (see `cluster_options::from`),
/// `--default-permission`, `--log-level` and `--limits.<name>`. An application
/// with a configuration of its own calls `configure` instead;
/// `server_options::from` finds the same names in its content.
class config : public caf::actor_system_config {
public:
  /// A word of the command line that makes the program do something else than
  /// serve.
  struct command {
    std::string name;
    std::string help;
  };

  config();

  /// Adds the commands of `run_command` and their options. A program that calls
  /// this calls `run_command` too.
  void offer_commands();

  /// Adds a command of the application: a word without dashes that the command
  /// line may have, and a sentence for the help.
  void add_command(std::string name, std::string help);

  /// Parses the command line and the file that `--config-file` names. It
  /// accepts more than CAF does: a value may be an argument of its own (`--port
  /// 8080`), and one of the commands may stand anywhere. Whatever part of both
  /// is not used is an error. If the options name a node, it also calls
  /// `configure_cluster`.
  /// @returns errc::invalid_option with a line that names the option, and the
  ///          line of the config file if the option stands there.
  caf::error parse_command_line(int argc, char** argv);

  /// Returns whether the command line asked for help, which has been printed in
  /// this case.
  [[nodiscard]] bool help_printed() const;

  /// The command; empty if there was none.
  [[nodiscard]] const std::string& subcommand() const { return subcommand_; }

private:
  enum class help_wanted { none, some, all };

  /// Brings arguments into the only form that CAF accepts.
  caf::error join_values(std::vector<std::string>& arguments);

  /// Takes a word without dashes.
  caf::error take_command(const std::string& word);

  /// Checks the value of an option of the command line.
  /// @param argument gets the value if it was an argument of its own.
  /// @param next the argument behind it; null if there is none.
  /// @returns whether `next` is used up.
  caf::expected<bool> take_option(std::string& argument,
                                  const std::string* next);

  /// Checks what the config file says, because CAF drops what it cannot use.
  [[nodiscard]] caf::error check_file(config_file& file) const;

  /// Names the line of the config file in an error about one of its options.
  [[nodiscard]] caf::error placed(const config_file& file,
                                  const caf::error& error) const;

  std::vector<command> commands_;
  std::string subcommand_;
  help_wanted help_ = help_wanted::none;
  /// The options that the command line has.
  std::vector<std::string> given_;
};

} // namespace stagedoor
