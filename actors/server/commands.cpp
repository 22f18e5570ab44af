#include "stagedoor/actors/server/commands.hpp"

#include "stagedoor/actors/operators/access_matrix.hpp"
#include "stagedoor/actors/server/server.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/actors/server/termination_signals.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

constexpr int allowed_status = 0;
constexpr int denied_status = 1;
constexpr int usage_status = 2;

std::string option(const config& cfg, std::string_view name) {
  return caf::get_or(cfg, name, std::string{});
}

// -- collectpermissions -------------------------------------------------------

caf::expected<matrix_format> format_of(const std::string& name) {
  if (name.empty() || name == "table")
    return matrix_format::table;
  if (name == "json")
    return matrix_format::json;
  if (name == "markdown")
    return matrix_format::markdown;
  return invalid_option("format: \"" + name
                        + "\" is not valid, expected table, json or markdown");
}

caf::expected<int> collect(const config& cfg, const endpoint_table& endpoints,
                           std::ostream& out) {
  auto format = format_of(option(cfg, "format"));
  if (!format)
    return std::move(format.error());
  auto matrix = render(collect_permissions(endpoints), *format);
  auto path = option(cfg, "check");
  if (path.empty()) {
    out << matrix;
    return allowed_status;
  }
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return invalid_option("check: " + path + " cannot be read");
  std::string known{std::istreambuf_iterator<char>{file}, {}};
  auto changes = difference(known, matrix);
  out << changes;
  return changes.empty() ? allowed_status : denied_status;
}

// -- explain ------------------------------------------------------------------

/// What `explain` is asked.
struct hypothesis {
  const compiled_endpoint* endpoint = nullptr;
  request_data message;
  std::shared_ptr<const json::value> object;
};

caf::expected<user> find_user(const config& cfg, users_file_ptr users) {
  auto name = option(cfg, "user");
  if (name.empty())
    return user{};
  if (name.starts_with('{'))
    return parse_user(name);
  if (auto path = option(cfg, "users"); !path.empty()) {
    auto file = read_users_file(path);
    if (!file)
      return std::move(file.error());
    users = std::move(*file);
  }
  const auto* found = users ? users->find(name) : nullptr;
  if (found == nullptr)
    return invalid_option("user: there is no user \"" + name + '"');
  return *found;
}

caf::expected<hypothesis> read_hypothesis(const config& cfg,
                                          const endpoint_table& endpoints,
                                          const users_file_ptr& users) {
  hypothesis result;
  auto who = find_user(cfg, users);
  if (!who)
    return std::move(who.error());
  scope where;
  where.user = std::move(*who);
  where.path = option(cfg, "endpoint");
  for (const auto& candidate : endpoints)
    if (candidate.path.match_whole(where.path, where.path_captures)) {
      result.endpoint = &candidate;
      break;
    }
  if (result.endpoint == nullptr)
    return invalid_option("endpoint: \"" + where.path
                          + "\" leads to no endpoint");
  auto& head = result.message.message.head;
  head.action = option(cfg, "action");
  if (head.action->empty())
    return invalid_option("action: is missing");
  head.route = option(cfg, "route");
  result.message.scope = std::make_shared<const scope>(std::move(where));
  if (auto text = option(cfg, "object"); !text.empty()) {
    auto object = parse_json(text, wire_depth_max);
    if (!object)
      return invalid_option("object: is not valid JSON");
    result.object = std::make_shared<const json::value>(std::move(*object));
  }
  return result;
}

/// Asks what can be asked without a server: not the permissions that are
/// actors.
const decision* ask(evaluation& guard, question asked) {
  while (true) {
    const auto* answer = guard.ask(asked, evaluation::clock::now());
    if (answer != nullptr || !guard.resume_here())
      return answer;
  }
}

/// Prints one question with its tree.
/// @returns whether the next one would be asked.
bool print(evaluation& guard, question asked, std::ostream& out) {
  const auto* answer = ask(guard, asked);
  out << to_string(asked) << ": ";
  if (answer == nullptr)
    out << "an actor decides";
  else if (answer->is_allowed())
    out << "allow";
  else
    out << (answer->answer == decision::verdict::deny ? "deny " : "error ")
        << answer->status;
  out << '\n';
  for (const auto& part : guard.explain(asked))
    out << to_text(part, 1);
  return answer != nullptr && answer->is_allowed();
}

int explain(hypothesis about, std::ostream& out) {
  const auto& routes = *about.endpoint->routes;
  const auto& root = routes.root();
  evaluation opening{root.guard, request{about.message}};
  if (!print(opening, question::can_connect, out))
    return denied_status;
  const auto* node =
      routes.match(about.message.message.head.route, about.message.captures);
  const auto action = *about.message.message.head.action;
  evaluation guard{node != nullptr ? node->guard_of(action) : root.guard,
                   request{std::move(about.message)}};
  if (!print(guard, question::has_permission, out))
    return denied_status;
  if (node == nullptr) {
    out << "404: no route matches\n";
    return denied_status;
  }
  auto found = node->handler->actions.find(action);
  if (node->handler->forwards_undeclared()) {
    out << "an actor of the application runs the action, or answers 405\n";
    return allowed_status;
  }
  if (found == node->handler->actions.end()) {
    out << "405: handler \"" << node->handler->name
        << "\" has no such action\n";
    return denied_status;
  }
  if (!node->handler->mounted.empty())
    out << "an actor of the application runs the action\n";
  if (!found->second.takes_object)
    return allowed_status;
  if (!about.object) {
    out << "has_object_permission: not asked, there is no --object\n";
    return allowed_status;
  }
  guard.set_object(about.object);
  return print(guard, question::has_object_permission, out) ? allowed_status
                                                            : denied_status;
}

caf::expected<int> run(const config& cfg,
                       const std::vector<endpoint_spec>& endpoints,
                       const users_file_ptr& users, std::ostream& out) {
  auto otherwise = default_permission::allow;
  if (auto error = take_default_permission(cfg, otherwise); error != caf::none)
    return error;
  auto table = compile_endpoints(endpoints, otherwise);
  if (!table)
    return std::move(table.error());
  if (cfg.subcommand() == "collectpermissions")
    return collect(cfg, **table, out);
  auto about = read_hypothesis(cfg, **table, users);
  if (!about)
    return std::move(about.error());
  return explain(std::move(*about), out);
}

// -- the server ---------------------------------------------------------------

int refuse(const caf::error& error) {
  std::cerr << text_of(error) << '\n';
  return usage_status;
}

/// A numeric address as it stands in a URL.
std::string host_of(const std::string& address) {
  return address.find(':') == std::string::npos ? address : '[' + address + ']';
}

} // namespace

std::optional<int> run_command(const config& cfg,
                               const std::vector<endpoint_spec>& endpoints,
                               const users_file_ptr& users, std::ostream& out,
                               std::ostream& err) {
  const auto& command = cfg.subcommand();
  if (command != "collectpermissions" && command != "explain") {
    for (const auto* name :
         {"format", "check", "user", "endpoint", "route", "action", "object"})
      if (!option(cfg, name).empty()) {
        err << name
            << ": belongs to a command, collectpermissions or explain\n";
        return usage_status;
      }
    return std::nullopt;
  }
  auto status = run(cfg, endpoints, users, out);
  if (status)
    return *status;
  err << text_of(status.error()) << '\n';
  return usage_status;
}

int run_server(int argc, char** argv,
               const std::vector<endpoint_spec>& endpoints) {
  return detail::run_server_made_by(
      argc, argv, [&](caf::actor_system&) { return endpoints; });
}

int detail::run_server_made_by(int argc, char** argv,
                               const endpoint_maker& make) {
  config cfg;
  cfg.offer_commands();
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  if (cfg.help_printed())
    return EXIT_SUCCESS;
  const auto run = [&](const std::vector<endpoint_spec>& endpoints) {
    return run_command(cfg, endpoints, nullptr, std::cout, std::cerr);
  };
  if (!cfg.subcommand().empty()) {
    caf::actor_system sys{cfg};
    return run(make(sys)).value_or(EXIT_SUCCESS);
  }
  if (auto status = run({})) // Options that belong to a command.
    return *status;
  if (auto error = use_log_level(cfg); error != caf::none)
    return refuse(error);
  log_in_background();
  termination_signals signals;
  caf::actor_system sys{cfg};
  // They keep the node, which leaves the cluster before the actor system ends.
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(options.error());
  auto node = join_cluster(sys);
  if (!node)
    return refuse(node.error());
  options->cluster = std::move(*node);
  const auto endpoints = make(sys);
  auto running = serve(sys, *options, endpoints);
  if (!running)
    return refuse(running.error());
  for (const auto& served : endpoints)
    spdlog::info("listening on ws://{}:{}{}", host_of(options->bind),
                 running->port(), served.path);
  running->run_until(signals);
  return EXIT_SUCCESS;
}

} // namespace stagedoor
