#include "stagedoor/actors/server/config.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/join_cluster.hpp"
#include "stagedoor/actors/far_messages.hpp"
#include "stagedoor/actors/key_messages.hpp"
#include "stagedoor/actors/once_messages.hpp"
#include "stagedoor/actors/server/config_file.hpp"
#include "stagedoor/actors/server/help_text.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/log_limits.hpp"
#include "stagedoor/permissions/credentials/jwt.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/limits.hpp"

#include "caf/config_value.hpp"
#include "caf/io/middleman.hpp"
#include "caf/settings.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

std::string render_error(std::uint8_t code, const caf::message& content) {
  auto text = to_string(static_cast<errc>(code));
  return content.match_elements<std::string>()
             ? text + ": " + content.get_as<std::string>(0)
             : text;
}

caf::expected<spdlog::level::level_enum>
log_level_of(const caf::actor_system_config& cfg) {
  auto name = caf::get_or(cfg, "log-level", std::string{"info"});
  auto level = spdlog::level::from_str(name);
  if (level == spdlog::level::off && name != "off")
    return invalid_option("log-level: \"" + name
                          + "\" is not valid, expected "
                            "trace, debug, info, warn, error or off");
  return level;
}

/// `10s`, or `500ms`.
std::string spelled(limits::duration time) {
  const auto count = time.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + 's'
                           : std::to_string(count) + "ms";
}

/// The help of a limit, with its default.
std::string help_of(const limit_info& entry) {
  const limits defaults;
  std::string help(entry.help);
  help += " Default: ";
  if (const auto* number = std::get_if<std::size_t limits::*>(&entry.member))
    return help + std::to_string(defaults.**number);
  return help
         + spelled(defaults
                   .*std::get<limits::duration limits::*>(entry.member));
}

std::string base_name(const char* path) {
  std::string result = path;
  return result.substr(result.rfind('/') + 1);
}

/// The config file that a command line names; empty if it names none.
std::string file_named_by(const std::vector<std::string>& arguments) {
  static constexpr std::string_view option = "--config-file=";
  const auto found =
      std::find_if(arguments.rbegin(), arguments.rend(),
                   [](const auto& each) { return each.starts_with(option); });
  return found == arguments.rend() ? "" : found->substr(option.size());
}

/// Reads CAF's default config file, which need not be there. CAF 1.x says which
/// one it has found.
caf::expected<config_file>
read_default_file(const caf::actor_system_config& cfg) {
  const auto path =
      caf::get_or(cfg, "config-file", caf_api::default_config_file(cfg));
  return std::ifstream{path} ? config_file::read(path) : config_file{};
}

} // namespace

void configure(caf::actor_system_config& cfg) {
  caf_api::add_errors(cfg, render_error);
  caf_api::add_message_types<caf::id_block::stagedoor>(cfg);
  caf_api::add_local_types<caf::id_block::stagedoor_local>(cfg);
  // CAF's own are off: a node would not see that another one is silent.
  using std::chrono::seconds;
  caf_api::set_default(cfg, "middleman.heartbeat-interval",
                       caf::timespan{seconds{1}});
  caf_api::set_default(cfg, "middleman.connection-timeout",
                       caf::timespan{seconds{3}});
  caf_api::prefer_sharing(cfg);
}

caf::error use_log_level(const caf::actor_system_config& cfg) {
  auto level = log_level_of(cfg);
  if (!level)
    return std::move(level.error());
  spdlog::set_level(*level);
  return caf::none;
}

void log_in_background() {
  spdlog::set_default_logger(in_background(spdlog::default_logger()));
  // The C library would wait for the log, too.
  on_exit(
      [](int status, void*) {
        if (!flush_background_log(log_limits::flush_timeout))
          _exit(status);
      },
      nullptr);
}

void add_options(caf::config_option_set& target, const std::string& section) {
  const server_options defaults;
  const auto threads_help = "I/O units, each with a thread, default: one per "
                            "core";
  caf_api::option_group{target, section.empty() ? "global" : section}
      .add<std::string>("bind", "numeric address to listen on, default: "
                                    + defaults.bind)
      .add<std::uint16_t>("port",
                          "port to listen on, 0 lets the system choose, "
                          "default: "
                              + std::to_string(defaults.port))
      .add<std::size_t>("threads", threads_help)
      .add<caf::timespan>("spin",
                          "how long a unit looks for messages before it "
                          "sleeps, default: 0us")
      .add<std::string>("io",
                        "auto, epoll or uring: how units ask the system for "
                        "their sockets, default: auto")
      .add<std::string>("users", "users file with bearer tokens")
      .add<std::string>("default-permission",
                        "allow or deny, for handlers without permissions, "
                        "default: allow")
      .add<bool>("standard-close-codes",
                 "close with 1012 and 1013, not 4012 and 4013")
      .add<caf::timespan>("drain-delay",
                          "how long /readyz says 503 before a drain begins, "
                          "default: "
                              + spelled(defaults.drain_delay))
      .add<std::string>("jwt-keys",
                        "file with the JWKS, PEM or secret of tokens")
      .add<std::string>("jwt-issuer", "required iss of a token")
      .add<std::string>("jwt-audience",
                        "required aud of a token, or an entry of it")
      .add<caf::timespan>("jwt-leeway", "how far clocks may differ, default: "
                                            + spelled(jwt_options{}.leeway))
      .add<bool>("jwt-require-expiry", "refuse tokens without exp")
      .add<std::string>("jwt-attribute-claims",
                        "claims that become attributes of users, as in "
                        "tenant,org.id")
      .add<std::string>("admin-bind",
                        "numeric address of the admin endpoint, default: "
                            + admin_options{}.bind)
      .add<std::uint16_t>("admin-port",
                          "port of the admin endpoint, off without it")
      .add<std::string>("admin-token-file", "file with the token of operators")
      .add<std::string>("metrics-bind",
                        "numeric address of the metrics, default: "
                            + metrics_options{}.bind)
      .add<std::uint16_t>("metrics-port", "port of the metrics, off without it")
      .add<std::uint32_t>("metrics-sample",
                          "one message in so many has its times measured, "
                          "default: "
                              + std::to_string(metrics_options{}.sample))
      .add<std::string>("log-level", "trace, debug, info, warn, error or off, "
                                     "default: info");
  add_cluster_options(target, section);
  const auto name = section.empty() ? "limits" : section + ".limits";
  caf_api::option_group bounds{target, name};
  for (const auto& entry : limit_table())
    if (std::holds_alternative<std::size_t limits::*>(entry.member))
      bounds.add<std::size_t>(entry.name, help_of(entry));
    else
      bounds.add<caf::timespan>(entry.name, help_of(entry));
}

config::config() {
  configure(*this);
  caf_api::add_module_options<caf::io::middleman>(*this);
  add_options(custom_options_);
}

void config::offer_commands() {
  add_command("collectpermissions",
              "print who may do what; options: --format, --check");
  add_command("explain", "print why a message would be denied; options: "
                         "--user, --endpoint, --route, --action, --object");
  caf_api::option_group{custom_options_, "global"}
      .add<std::string>("format", "collectpermissions: table, json or "
                                  "markdown, default: table")
      .add<std::string>("check", "collectpermissions: file to compare with")
      .add<std::string>("user", "explain: name of a user, or a user as JSON, "
                                "default: the anonymous user")
      .add<std::string>("endpoint", "explain: the path of an endpoint")
      .add<std::string>("route", "explain: the route of a message, default: "
                                 "the empty route")
      .add<std::string>("action", "explain: the action of a message")
      .add<std::string>("object", "explain: the loaded object as JSON");
}

void config::add_command(std::string name, std::string help) {
  commands_.push_back({std::move(name), std::move(help)});
}

caf::error config::parse_command_line(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (auto error = join_values(arguments); error != caf::none)
    return error;
  if (help_ != help_wanted::none) {
    std::cout << help_text(argc > 0 ? base_name(argv[0]) : "", commands_,
                           custom_options_, help_ == help_wanted::all);
    return caf::none;
  }
  const auto path = file_named_by(arguments);
  caf::error parsed;
  caf::expected<config_file> file{config_file{}};
  if (path.empty()) {
    parsed = parse(std::move(arguments));
    file = read_default_file(*this);
  } else {
    // Once, because it may be a pipe.
    file = config_file::read(path);
    std::istringstream text{file ? file->text() : ""};
    parsed = parse(std::move(arguments), text);
  }
  // The arguments are good by now: what can still fail is the config file, of
  // which we have more to tell than CAF.
  if (!file)
    return std::move(file.error());
  if (auto error = check_file(*file); error != caf::none)
    return error;
  if (parsed != caf::none)
    return invalid_option("config-file: " + caf_api::render(parsed));
  if (auto error = check_values(*this); error != caf::none)
    return placed(*file, error);
  if (auto level = log_level_of(*this); !level)
    return placed(*file, level.error());
  auto node = cluster_options::from(*this);
  if (!node)
    return placed(*file, node.error());
  return *node ? configure_cluster(*this, **node) : caf::none;
}

bool config::help_printed() const {
  return help_ != help_wanted::none || caf_api::help_printed(*this);
}

caf::error config::check_file(config_file& file) const {
  return file.check(custom_options_);
}

caf::error config::placed(const config_file& file,
                          const caf::error& error) const {
  auto text = text_of(error);
  const auto name = text.substr(0, text.find(": "));
  if (std::find(given_.begin(), given_.end(), name) != given_.end())
    return error;
  return invalid_option(file.placed(text));
}

caf::error config::take_command(const std::string& word) {
  if (!subcommand_.empty())
    return invalid_option('"' + word + "\": is a second command, \""
                          + subcommand_ + "\" is the first");
  if (std::none_of(commands_.begin(), commands_.end(),
                   [&](const auto& each) { return each.name == word; }))
    return invalid_option('"' + word + "\": no such command; --help lists all");
  subcommand_ = word;
  return caf::none;
}

caf::expected<bool> config::take_option(std::string& argument,
                                        const std::string* next) {
  auto sign = argument.find('=');
  auto name = argument.substr(2, sign == std::string::npos ? sign : sign - 2);
  const auto* option = custom_options_.cli_long_name_lookup(name);
  if (option == nullptr)
    return invalid_option(name + ": no such option; --help lists them");
  given_.push_back(name);
  if (option->is_flag()) {
    if (sign != std::string::npos)
      return invalid_option(name + ": takes no value");
    if (name == "long-help")
      help_ = help_wanted::all;
    else if (name == "help" && help_ == help_wanted::none)
      help_ = help_wanted::some;
    return false;
  }
  const auto takes_next = sign == std::string::npos && next != nullptr;
  if (takes_next) {
    argument += '=' + *next;
    sign = name.size() + 2;
  }
  auto value = sign == std::string::npos ? "" : argument.substr(sign + 1);
  if (value.empty())
    return invalid_option(name + ": a value is missing");
  if (!caf_api::accepts_text(*option, value))
    return invalid_option(name + ": \"" + value + "\" is not valid, "
                          + expectation_of(*option));
  return takes_next;
}

caf::error config::join_values(std::vector<std::string>& arguments) {
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto& argument = arguments[i];
    if (argument == "-h" || argument == "-?")
      argument = "--help";
    if (argument.starts_with("--")) {
      auto used = take_option(
          argument, i + 1 < arguments.size() ? &arguments[i + 1] : nullptr);
      if (!used)
        return std::move(used.error());
      if (*used)
        ++i;
      joined.push_back(std::move(argument));
    } else if (argument.starts_with("-")) {
      return invalid_option(argument + ": no such option; --help lists them");
    } else if (auto error = take_command(argument); error != caf::none) {
      return error;
    }
  }
  arguments = std::move(joined);
  return caf::none;
}

} // namespace stagedoor
