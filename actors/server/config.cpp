#include "stagedoor/actors/server/config.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/join_cluster.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/limits.hpp"

#include "caf/config_value.hpp"
#include "caf/io/middleman.hpp"
#include "caf/settings.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

/// What a value of the option looks like.
std::string expectation_of(const caf::config_option& option) {
  const auto type = caf_api::type_of(option);
  if (type == "timespan")
    return "expected a time such as 500ms or 10s";
  if (type == "uint16")
    return "expected a whole number from 0 to 65535";
  if (type == "uint64")
    return "expected a whole number";
  return type == "string" ? "expected a text" : "expected true or false";
}

std::string render_error(std::uint8_t code, const caf::message& content) {
  auto text = to_string(static_cast<errc>(code));
  return content.match_elements<std::string>()
             ? text + ": " + content.get_as<std::string>(0)
             : text;
}

caf::error invalid(const std::string& text) {
  return make_error(errc::invalid_option, text);
}

/// Checks what a config file says of an option.
caf::error check_value(const caf::config_option& option,
                       const std::string& name,
                       const caf::config_value& value) {
  if (caf_api::accepts_value(option, value))
    return caf::none;
  return invalid(name + ": " + to_string(value) + " is not valid, "
                 + expectation_of(option));
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
}

caf::error use_log_level(const caf::actor_system_config& cfg) {
  auto name = caf::get_or(cfg, "log-level", std::string{"info"});
  auto level = spdlog::level::from_str(name);
  if (level == spdlog::level::off && name != "off")
    return invalid("log-level: \"" + name
                   + "\" is not valid, expected "
                     "trace, debug, info, warn, error or off");
  spdlog::set_level(level);
  return caf::none;
}

config::config() {
  configure(*this);
  caf_api::add_module_options<caf::io::middleman>(*this);
  caf_api::option_group{custom_options_, "global"}
      .add<std::string>("bind", "numeric address to listen on")
      .add<std::uint16_t>("port", "port to listen on, 0 lets the system choose")
      .add<std::size_t>("threads", "I/O units, 0 means one per core")
      .add<std::string>("users", "users file with bearer tokens")
      .add<std::string>("default-permission",
                        "allow or deny, for handlers without permissions")
      .add<bool>("standard-close-codes",
                 "close with 1012 and 1013, not 4012 and 4013")
      .add<std::string>("jwt-keys",
                        "file with the JWKS, PEM or secret of tokens")
      .add<std::string>("jwt-issuer", "required iss of a token")
      .add<std::string>("jwt-audience",
                        "required aud of a token, or an entry of it")
      .add<caf::timespan>("jwt-leeway",
                          "how far clocks may differ, default 30s")
      .add<bool>("jwt-require-expiry", "refuse tokens without exp")
      .add<std::string>("admin-bind", "numeric address of the admin endpoint")
      .add<std::uint16_t>("admin-port",
                          "port of the admin endpoint, off without it")
      .add<std::string>("admin-token-file", "file with the token of operators")
      .add<std::string>("metrics-bind", "numeric address of the metrics")
      .add<std::uint16_t>("metrics-port", "port of the metrics, off without it")
      .add<std::string>("log-level", "trace, debug, info, warn, error or off");
  caf_api::option_group{custom_options_, "global"}
      .add<std::string>("format", "collectpermissions: table, json or markdown")
      .add<std::string>("check", "collectpermissions: file to compare with")
      .add<std::string>("user", "explain: name of a user, or a user as JSON")
      .add<std::string>("endpoint", "explain: the path of an endpoint")
      .add<std::string>("route", "explain: the route of a message")
      .add<std::string>("action", "explain: the action of a message")
      .add<std::string>("object", "explain: the loaded object as JSON");
  add_cluster_options(custom_options_);
  caf_api::option_group bounds{custom_options_, "limits"};
  for (const auto& entry : limit_table())
    if (std::holds_alternative<std::size_t limits::*>(entry.member))
      bounds.add<std::size_t>(entry.name, entry.help);
    else
      bounds.add<caf::timespan>(entry.name, entry.help);
}

caf::error config::parse_command_line(int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (auto error = join_values(arguments); error != caf::none)
    return error;
  // The arguments are good by now: what can still fail is the config file.
  if (auto error = parse(std::move(arguments)); error != caf::none)
    return invalid("config-file: " + caf_api::render(error));
  if (auto error = check_file(); error != caf::none)
    return error;
  auto node = cluster_options::from(*this);
  if (!node)
    return std::move(node.error());
  return *node ? configure_cluster(*this, **node) : caf::none;
}

bool config::help_printed() const {
  return caf_api::help_printed(*this);
}

caf::error config::check_file() const {
  auto path =
      caf::get_or(content, "config-file", caf_api::default_config_file(*this));
  if (!std::ifstream{path})
    return caf::none; // CAF's default file need not be there.
  auto file = parse_config_file(path.c_str());
  if (!file)
    return invalid("config-file: " + caf_api::render(file.error()));
  for (const auto& [name, value] : *file) {
    const auto* option = custom_options_.qualified_name_lookup("global", name);
    if (caf::holds_alternative<caf::settings>(value) && option == nullptr)
      continue; // A group: CAF's own, or the limits.
    if (option == nullptr)
      return invalid(name + ": no such option");
    if (auto error = check_value(*option, name, value); error != caf::none)
      return error;
  }
  const auto bounds = caf::get_if<caf::settings>(&*file, "limits");
  if (!bounds)
    return caf::none;
  for (const auto& [name, value] : *bounds)
    // One that is not there is refused by `from`.
    if (const auto* option =
            custom_options_.qualified_name_lookup("limits", name))
      if (auto error = check_value(*option, "limits." + name, value);
          error != caf::none)
        return error;
  return caf::none;
}

caf::error config::join_values(std::vector<std::string>& arguments) {
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto& argument = arguments[i];
    if (!argument.starts_with("-")) {
      if (!subcommand_.empty())
        return invalid("\"" + argument
                       + "\": one word without dashes is the "
                         "subcommand, this is a second one");
      subcommand_ = argument;
      continue;
    }
    if (!argument.starts_with("--")) {
      joined.push_back(std::move(argument)); // CAF's own -h.
      continue;
    }
    auto sign = argument.find('=');
    auto name = argument.substr(2, sign == std::string::npos ? sign : sign - 2);
    const auto* option = custom_options_.cli_long_name_lookup(name);
    if (option == nullptr)
      return invalid(name + ": no such option; --help lists them");
    if (option->is_flag()) {
      if (sign != std::string::npos)
        return invalid(name + ": takes no value");
    } else {
      if (sign == std::string::npos) {
        if (i + 1 == arguments.size())
          return invalid(name + ": a value is missing");
        argument += '=' + arguments[++i];
        sign = name.size() + 2;
      }
      auto value = argument.substr(sign + 1);
      if (value.empty())
        return invalid(name + ": a value is missing");
      if (!caf_api::accepts_text(*option, value))
        return invalid(name + ": \"" + value + "\" is not valid, "
                       + expectation_of(*option));
    }
    joined.push_back(std::move(argument));
  }
  arguments = std::move(joined);
  return caf::none;
}

} // namespace stagedoor
