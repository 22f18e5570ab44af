#include "test_server.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <stdexcept>
#include <utility>

#include "channel.hpp"

namespace stagedoor::test {

/// Keeps what is logged in memory.
class log_lines : public spdlog::sinks::base_sink<std::mutex> {
public:
  std::string text() {
    std::lock_guard lock{mutex_};
    return text_;
  }

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_ += spdlog::level::to_short_c_str(message.level);
    text_ += ' ';
    text_.append(message.payload.data(), message.payload.size());
    text_ += '\n';
  }

  void flush_() override {}

  std::string text_;
};

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
