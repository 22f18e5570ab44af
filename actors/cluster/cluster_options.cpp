#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/config_section.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"
#include "stagedoor/actors/cluster/tls_context.hpp"
#include "stagedoor/permissions/credentials/file_text.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/settings.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

/// The options that mean nothing without `node`.
constexpr std::string_view dependent_options[] = {
    "cluster-bind", "cluster-advertise", "join",
    "roles",        "cluster-insecure",  "cluster-certificate",
    "cluster-key",  "cluster-ca",        "cluster-passphrase-file",
};

std::string in_quotes(const std::string& text) {
  return '"' + text + '"';
}

bool is_name(const std::string& text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._-";
  return !text.empty() && text.size() <= cluster_limits::node_name_bytes_max
         && text.find_first_not_of(letters) == std::string::npos;
}

/// An address that can be reached: port 0 stands for any.
bool is_reachable(const std::string& text) {
  auto address = node_address::parse(text);
  return address && address->port != 0;
}

/// Takes a text that must not be empty: an empty one is a variable of a script
/// that was not set.
/// @param present becomes whether it is there at all.
caf::error take_text(const caf::actor_system_config& cfg,
                     const std::string& name, std::string& target,
                     bool& present) {
  const auto* value = caf::get_if(&cfg.content, name);
  present = value != nullptr;
  if (!present)
    return caf::none;
  const auto* text = caf::get_if<std::string>(value);
  if (text == nullptr)
    return invalid_option(name + ": must be a text");
  if (text->empty())
    return invalid_option(name + ": must not be empty");
  target = *text;
  return caf::none;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> result;
  for (;;) {
    const auto comma = list.find(',');
    result.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos)
      return result;
    list.remove_prefix(comma + 1);
  }
}

caf::error take_addresses(const caf::actor_system_config& cfg,
                          cluster_options& target) {
  bool present = false;
  std::string text;
  if (auto error = take_text(cfg, "cluster-bind", text, present);
      error != caf::none)
    return error;
  if (present) {
    auto address = node_address::parse(text);
    if (!address)
      return invalid_option("cluster-bind: " + in_quotes(text)
                            + " is not valid, expected HOST:PORT");
    target.bind = address->host;
    target.port = address->port;
  }
  if (auto error =
          take_text(cfg, "cluster-advertise", target.advertise, present);
      error != caf::none)
    return error;
  if (auto error = take_text(cfg, "join", text, present); error != caf::none)
    return error;
  if (present)
    target.seeds = split(text);
  return caf::none;
}

caf::error take_roles(const caf::actor_system_config& cfg, node_roles& target) {
  bool present = false;
  std::string text;
  if (auto error = take_text(cfg, "roles", text, present); error != caf::none)
    return error;
  if (!present)
    return caf::none;
  target = {false, false};
  for (const auto& role : split(text))
    if (role == "front")
      target.front = true;
    else if (role == "handlers")
      target.handlers = true;
    else
      return invalid_option(
          "roles: " + in_quotes(text)
          + " is not valid, expected front, handlers or both");
  return caf::none;
}

/// Reads what opens the key.
caf::error take_passphrase(const caf::actor_system_config& cfg,
                           std::string& target) {
  const std::string name = "cluster-passphrase-file";
  bool present = false;
  std::string path;
  if (auto error = take_text(cfg, name, path, present); error != caf::none)
    return error;
  if (!present)
    return caf::none;
  if (auto wrong =
          read_file_text(path, cluster_limits::passphrase_bytes_max, target);
      !wrong.empty())
    return invalid_option(name + ": " + path + ' ' + wrong);
  while (target.ends_with('\n') || target.ends_with('\r'))
    target.pop_back();
  return target.empty() ? invalid_option(name + ": " + path + " is empty")
                        : caf::none;
}

caf::error take_tls(const caf::actor_system_config& cfg,
                    std::optional<cluster_tls>& target) {
  cluster_tls tls;
  std::string given;
  std::string missing;
  for (auto [name, member] :
       {std::pair{"cluster-certificate", &cluster_tls::certificate},
        std::pair{"cluster-key", &cluster_tls::key},
        std::pair{"cluster-ca", &cluster_tls::ca}}) {
    bool present = false;
    if (auto error = take_text(cfg, name, tls.*member, present);
        error != caf::none)
      return error;
    (present ? given : missing) = name;
  }
  if (auto error = take_passphrase(cfg, tls.passphrase); error != caf::none)
    return error;
  if (given.empty())
    return tls.passphrase.empty()
               ? caf::none
               : invalid_option(
                   "cluster-passphrase-file: means nothing without "
                   "cluster-key");
  if (!missing.empty())
    return invalid_option(missing + ": is needed with " + given);
  target = std::move(tls);
  return caf::none;
}

} // namespace

void add_cluster_options(caf::config_option_set& target,
                         const std::string& section) {
  caf_api::option_group{target, section.empty() ? "global" : section}
      .add<std::string>("node", "name of this process as a node of a cluster")
      .add<std::string>("cluster-bind",
                        "HOST:PORT to listen on for other nodes, default: "
                        "127.0.0.1:0, where the system chooses the port")
      .add<std::string>("cluster-advertise",
                        "HOST:PORT where others reach this node")
      .add<std::string>("join", "HOST:PORT,... of nodes to connect to first")
      .add<std::string>("roles",
                        "front, handlers or front,handlers, the default")
      .add<bool>("cluster-insecure",
                 "allow to listen beyond loopback without TLS")
      .add<std::string>("cluster-certificate",
                        "PEM file with this node's certificate")
      .add<std::string>("cluster-key",
                        "PEM file with the private key of this node")
      .add<std::string>("cluster-ca",
                        "PEM file with the authority of all nodes")
      .add<std::string>("cluster-passphrase-file",
                        "file with the passphrase of the key");
}

caf::error validate(const cluster_options& options) {
  if (!is_name(options.name))
    return invalid_option(
        "node: " + in_quotes(options.name)
        + " is not valid, expected at most 64 letters, digits, "
          "dots, dashes and underscores");
  boost::system::error_code failed;
  auto bind = boost::asio::ip::make_address(options.bind, failed);
  if (failed)
    return invalid_option("cluster-bind: " + in_quotes(options.bind)
                          + " is not a numeric address");
  if (!bind.is_loopback() && !options.tls && !options.insecure)
    return invalid_option(
        "cluster-bind: " + options.bind
        + " is not loopback and there is no cluster-certificate; "
          "cluster-insecure allows it");
  if (bind.is_unspecified() && options.advertise.empty())
    return invalid_option("cluster-advertise: is needed with cluster-bind "
                          + options.bind);
  if (!options.advertise.empty() && !is_reachable(options.advertise))
    return invalid_option("cluster-advertise: " + in_quotes(options.advertise)
                          + " is not valid, expected HOST:PORT");
  for (const auto& seed : options.seeds)
    if (!is_reachable(seed))
      return invalid_option("join: " + in_quotes(seed)
                            + " is not valid, expected HOST:PORT");
  if (!options.roles.front && !options.roles.handlers)
    return invalid_option("roles: a node has at least one");
  return options.tls ? check_files(*options.tls) : caf::none;
}

caf::expected<std::optional<cluster_options>>
cluster_options::from(const caf::actor_system_config& cfg) {
  cluster_options result;
  bool present = false;
  if (auto error = take_text(cfg, "node", result.name, present);
      error != caf::none)
    return error;
  if (!present) {
    for (const auto name : dependent_options)
      if (caf::get_if(&cfg.content, std::string{name}) != nullptr)
        return invalid_option(std::string{name}
                              + ": means nothing without node");
    return std::optional<cluster_options>{};
  }
  if (auto error = take_addresses(cfg, result); error != caf::none)
    return error;
  if (auto error = take_roles(cfg, result.roles); error != caf::none)
    return error;
  if (auto error = take_tls(cfg, result.tls); error != caf::none)
    return error;
  if (const auto* value = caf::get_if(&cfg.content, "cluster-insecure")) {
    const auto* flag = caf::get_if<bool>(value);
    if (flag == nullptr)
      return invalid_option("cluster-insecure: must be true or false");
    result.insecure = *flag;
  }
  if (auto error = validate(result); error != caf::none)
    return error;
  return std::optional{std::move(result)};
}

caf::expected<std::optional<cluster_options>>
cluster_options::from(const caf::actor_system_config& cfg,
                      const std::string& section) {
  return from_section<cluster_options>(cfg, section);
}

} // namespace stagedoor
