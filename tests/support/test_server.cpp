#include "test_server.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "channel.hpp"
#include "log_lines.hpp"
#include "test_io.hpp"
#include "test_node.hpp"

namespace stagedoor::test {

namespace {

cluster_options with_roles(std::string name, node_roles roles,
                           std::vector<std::string> seeds = {}) {
  auto result = node_named(std::move(name), std::move(seeds));
  result.roles = roles;
  return result;
}

} // namespace

test_server::test_server(std::vector<endpoint_spec> endpoints,
                         const edit& change)
    : test_server(
        std::move(endpoints),
        spawning_edit{[&](server_options& options, caf::actor_system&) {
          if (change)
            change(options);
        }}) {}

test_server::test_server(std::vector<endpoint_spec> endpoints,
                         const spawning_edit& change)
    : lines_(std::make_shared<log_lines>()) {
  if (std::getenv("STAGEDOOR_TEST_NODES") != nullptr) {
    node_ = std::make_unique<test_node>(with_roles("front", {true, false}));
    side_ = std::make_unique<test_node>(
        with_roles("side", {true, false}, {node_->address()}));
    hands_ = std::make_unique<test_node>(
        with_roles("hands", {false, true}, {node_->address()}));
  } else {
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  server_options options;
  options.port = 0;
  options.threads = 2;
  options.direct_delivery = std::getenv("STAGEDOOR_TEST_MESSAGES") == nullptr;
  options.io = tested_io();
  options.users = newsroom::demo_users();
  options.log = std::make_shared<spdlog::logger>("test", lines_);
  options.log->set_level(spdlog::level::trace);
  change.make(options, system());
  units_ = options.threads;
  is_together_ = units_ == 1;
  if (node_) {
    start_others(options, endpoints);
    options.cluster = node_->shared();
  }
  server_ = start(system(), options, endpoints);
  if (node_)
    await_nodes(endpoints, options);
}

std::unique_ptr<server>
test_server::start(caf::actor_system& sys, const server_options& options,
                   const std::vector<endpoint_spec>& endpoints) {
  auto started = serve(sys, options, endpoints);
  if (!started)
    throw std::runtime_error("test_server: " + text_of(started.error()));
  return std::make_unique<server>(std::move(*started));
}

/// The servers of the other nodes; operators look at the first one.
void test_server::start_others(server_options options,
                               const std::vector<endpoint_spec>& endpoints) {
  options.port = 0;
  options.admin.reset();
  options.metrics.reset();
  options.pages.clear();
  options.cluster = hands_->shared();
  hands_server_ = start(hands_->system(), options, endpoints);
  options.cluster = side_->shared();
  side_server_ = start(side_->system(), options, endpoints);
}

void test_server::await_nodes(const std::vector<endpoint_spec>& endpoints,
                              const server_options& options) const {
  for (const auto* node : {node_.get(), side_.get(), hands_.get()}) {
    if (!node->finds("stagedoor.groups", 3)
        || !node->finds("stagedoor.listeners", 3))
      throw std::runtime_error("test_server: the nodes are not linked");
    for (const auto& entry : endpoints)
      if (!node->finds("stagedoor.handlers" + entry.path, options.threads))
        throw std::runtime_error("test_server: nobody runs " + entry.path);
  }
}

std::uint16_t test_server::port() const {
  const auto is_first = !side_server_ || is_together_ || ports_told_++ % 2 == 0;
  return (is_first ? server_ : side_server_)->port();
}

std::size_t test_server::connection_count() const {
  std::size_t result = 0;
  for (const auto* each : {server_.get(), side_server_.get()})
    if (each != nullptr)
      for (const auto count : each->connections())
        result += count;
  return result;
}

std::vector<permission_pool_actor> test_server::permission_pools() const {
  std::vector<permission_pool_actor> result;
  for (const auto* each :
       {server_.get(), side_server_.get(), hands_server_.get()})
    for (std::size_t unit = 0; each != nullptr && unit < units_; ++unit)
      result.push_back(each->permission_pool(unit));
  return result;
}

caf::actor_system& test_server::system() {
  return node_ ? node_->system() : *system_;
}

// The servers before the nodes, and these before the actor system.
test_server::~test_server() = default;

std::string test_server::log() const {
  return lines_->text();
}

bool test_server::logs(std::string_view text) const {
  return eventually([&] { return log().find(text) != std::string::npos; });
}

} // namespace stagedoor::test
