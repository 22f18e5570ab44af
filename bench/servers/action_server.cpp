#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <stagedoor/stagedoor.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "servers/action_endpoint.hpp"

// Stagedoor under load; or, with --permission-node, the other node whose actor
// its route remote/ asks.

namespace {

using namespace stagedoor;

struct bench_config : config {
  bench_config() {
    opt_group{custom_options_, "global"}
        .add(units, "units", "I/O units")
        .add(routes, "routes", "routes that a message of open/ meets")
        .add(group, "group", "group that the route group/ tells")
        .add(awaits, "awaits", "service of another node to wait for")
        .add(is_permission_node, "permission-node", "answer permissions only");
  }

  std::size_t units = 1;
  std::size_t routes = 1;
  std::string group = "everyone";
  std::string awaits;
  bool is_permission_node = false;
};

/// What has gone wrong, in one line.
int refuse(const caf::error& error) {
  std::cerr << "action-server: " << text_of(error) << '\n';
  return 2;
}

/// Warnings only, and not to stdout: what it is compared with logs nothing.
std::shared_ptr<spdlog::logger> make_log() {
  auto result = std::make_shared<spdlog::logger>(
      "action-server", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  result->set_level(spdlog::level::warn);
  return result;
}

int wait_for(termination_signals& signals, std::uint16_t port) {
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  signals.wait();
  return 0;
}

permission_actor::behavior_type judge() {
  return {[](const permission_query& query) {
    return bench::computed_permission(query.about) ? allow() : deny();
  }};
}

/// Has the process be a node, if that is asked for, and waits until it knows of
/// what it is to find at another one.
caf::expected<cluster_ptr> join_nodes(caf::actor_system& sys,
                                      const bench_config& cfg) {
  auto node = cluster_options::from(cfg);
  if (!node)
    return std::move(node.error());
  if (!*node)
    return cluster_ptr{};
  (*node)->log = make_log();
  auto joined = join_cluster(sys, **node);
  if (!joined || cfg.awaits.empty())
    return joined;
  const auto& directory = *(*joined)->services();
  for (int tries_left = 1000; tries_left > 0; --tries_left) {
    if (directory.table()->contains(cfg.awaits))
      return joined;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return make_error(errc::invalid_option, "awaits: nobody offers it");
}

int run_permission_node(caf::actor_system& sys, const bench_config& cfg,
                        termination_signals& signals) {
  auto node = join_nodes(sys, cfg);
  if (!node)
    return refuse(node.error());
  if (!*node)
    return refuse(make_error(errc::invalid_option, "node: is missing"));
  auto answering = caf::actor_cast<caf::actor>(sys.spawn(judge));
  (*node)->offer("judge", answering);
  auto status = wait_for(signals, (*node)->port());
  caf::anon_send_exit(answering, caf::exit_reason::user_shutdown);
  return status;
}

int run_server(caf::actor_system& sys, const bench_config& cfg,
               termination_signals& signals, std::uint16_t port) {
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(options.error());
  options->threads = cfg.units;
  options->port = port;
  options->log = make_log();
  auto node = join_nodes(sys, cfg);
  if (!node)
    return refuse(node.error());
  options->cluster = std::move(*node);
  auto running = serve(
      sys, *options,
      {bench::action_endpoint(cfg.routes, cfg.awaits == "judge", cfg.group)});
  if (!running)
    return refuse(running.error());
  return wait_for(signals, running->port());
}

} // namespace

int main(int argc, char** argv) {
  bench_config cfg;
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  if (cfg.help_printed())
    return 0;
  termination_signals signals; // Before the actor system has threads.
  caf::actor_system sys{cfg};
  auto port = caf::get_or(cfg, "port", std::uint16_t{0});
  return cfg.is_permission_node ? run_permission_node(sys, cfg, signals)
                                : run_server(sys, cfg, signals, port);
}
