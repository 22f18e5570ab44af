#include "test_server.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "channel.hpp"
#include "log_lines.hpp"
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
    hands_ = std::make_unique<test_node>(
        with_roles("hands", {false, true}, {node_->address()}));
  } else {
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  server_options options;
  options.port = 0;
  options.threads = 2;
  options.users = newsroom::demo_users();
  options.log = std::make_shared<spdlog::logger>("test", lines_);
  options.log->set_level(spdlog::level::trace);
  change.make(options, system());
  if (hands_) {
    auto there = options;
    there.port = 0;
    there.admin.reset();
    there.metrics.reset();
    there.pages.clear();
    there.cluster = hands_->shared();
    hands_server_ = start(hands_->system(), there, endpoints);
    options.cluster = node_->shared();
  }
  server_ = start(system(), options, endpoints);
  if (hands_)
    await_handlers(endpoints, options);
}

std::unique_ptr<server>
test_server::start(caf::actor_system& sys, const server_options& options,
                   const std::vector<endpoint_spec>& endpoints) {
  auto started = serve(sys, options, endpoints);
  if (!started)
    throw std::runtime_error("test_server: " + text_of(started.error()));
  return std::make_unique<server>(std::move(*started));
}

void test_server::await_handlers(const std::vector<endpoint_spec>& endpoints,
                                 const server_options& options) {
  for (const auto& entry : endpoints)
    if (!node_->finds("stagedoor.handlers" + entry.path, options.threads))
      throw std::runtime_error("test_server: nobody runs " + entry.path);
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
