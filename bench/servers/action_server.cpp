#include <caf/io/middleman.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <stagedoor/stagedoor.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "servers/action_endpoint.hpp"

// Stagedoor under load; or, with --permission-node, the other process whose
// actor its route remote/ asks.

namespace {

using namespace stagedoor;

struct bench_config : config {
  bench_config() {
    opt_group{custom_options_, "global"}
        .add(units, "units", "I/O units")
        .add(routes, "routes", "routes that a message of open/ meets")
        .add(remote, "remote", "HOST:PORT of a permission node")
        .add(is_permission_node, "permission-node", "answer permissions only");
  }

  std::size_t units = 1;
  std::size_t routes = 1;
  std::string remote;
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

int run_permission_node(caf::actor_system& sys, termination_signals& signals,
                        std::uint16_t port) {
  auto answering = sys.spawn(judge);
  auto published = sys.middleman().publish(answering, port, "127.0.0.1");
  auto status =
      published ? wait_for(signals, *published) : refuse(published.error());
  caf::anon_send_exit(answering, caf::exit_reason::user_shutdown);
  return status;
}

/// The actor of the permission node, if one is named.
caf::expected<std::optional<permission_actor>>
find_judge(caf::actor_system& sys, const std::string& remote) {
  if (remote.empty())
    return std::optional<permission_actor>{};
  auto colon = remote.rfind(':');
  auto port = std::atoi(remote.c_str() + (colon + 1));
  if (colon == std::string::npos || port <= 0)
    return make_error(errc::invalid_option, "remote: expected HOST:PORT");
  auto found = sys.middleman().remote_actor<permission_actor>(
      remote.substr(0, colon), static_cast<std::uint16_t>(port));
  if (!found)
    return std::move(found.error());
  return std::optional{*found};
}

/// Has the server run on a node, if that is asked for. One that joins another
/// one waits until it knows that one's groups, so that no event is sent before.
caf::error join_nodes(caf::actor_system& sys, const bench_config& cfg,
                      server_options& options) {
  auto node = cluster_options::from(cfg);
  if (!node)
    return std::move(node.error());
  if (!*node)
    return caf::none;
  (*node)->log = options.log;
  auto joined = join_cluster(sys, **node);
  if (!joined)
    return std::move(joined.error());
  options.cluster = std::move(*joined);
  if ((*node)->seeds.empty())
    return caf::none;
  const auto& directory = *options.cluster->services();
  for (int tries_left = 1000; tries_left > 0; --tries_left) {
    if (directory.table()->contains(options.name + ".groups"))
      return caf::none;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return make_error(errc::invalid_option, "join: no server is there");
}

int run_server(caf::actor_system& sys, const bench_config& cfg,
               termination_signals& signals, std::uint16_t port) {
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(options.error());
  options->threads = cfg.units;
  options->port = port;
  options->log = make_log();
  auto found = find_judge(sys, cfg.remote);
  if (!found)
    return refuse(found.error());
  if (auto error = join_nodes(sys, cfg, *options); error != caf::none)
    return refuse(error);
  auto running =
      serve(sys, *options, {bench::action_endpoint(cfg.routes, *found)});
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
  if (cfg.is_permission_node || !cfg.remote.empty())
    caf_api::load<caf::io::middleman>(cfg);
  termination_signals signals; // Before the actor system has threads.
  caf::actor_system sys{cfg};
  auto port = caf::get_or(cfg, "port", std::uint16_t{0});
  return cfg.is_permission_node ? run_permission_node(sys, signals, port)
                                : run_server(sys, cfg, signals, port);
}
