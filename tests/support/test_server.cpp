#include "test_server.hpp"

#include <spdlog/spdlog.h>

#include <stdexcept>
#include <utility>

#include "channel.hpp"
#include "log_lines.hpp"

namespace stagedoor::test {

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
    : lines_(std::make_shared<log_lines>()),
      system_(std::make_unique<caf::actor_system>(config_)) {
  server_options options;
  options.port = 0;
  options.threads = 2;
  options.users = newsroom::demo_users();
  options.log = std::make_shared<spdlog::logger>("test", lines_);
  options.log->set_level(spdlog::level::trace);
  change.make(options, *system_);
  auto started = serve(*system_, options, endpoints);
  if (!started)
    throw std::runtime_error("test_server: " + text_of(started.error()));
  server_ = std::make_unique<server>(std::move(*started));
}

// The server before the actor system.
test_server::~test_server() = default;

std::string test_server::log() const {
  return lines_->text();
}

bool test_server::logs(std::string_view text) const {
  return eventually([&] { return log().find(text) != std::string::npos; });
}

} // namespace stagedoor::test
