#include <boost/asio/ip/address.hpp>

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "newsroom.hpp"

namespace {

using namespace stagedoor;

constexpr int usage_status = 2;

/// Bad configuration: one line, and nothing has been started.
int refuse(const caf::error& error) {
  std::cerr << "newsroom: " << text_of(error) << '\n';
  return usage_status;
}

/// Sets how much is logged, if `--log-level` is given.
caf::error use_log_level(const caf::actor_system_config& cfg) {
  auto name = caf::get_or(cfg, "log-level", std::string{"info"});
  auto level = spdlog::level::from_str(name);
  if (level == spdlog::level::off && name != "off")
    return make_error(errc::invalid_option,
                      "log-level: \"" + name
                          + "\" is not valid, expected "
                            "trace, debug, info, warn, error or off");
  spdlog::set_level(level);
  return caf::none;
}

/// Without a users file there are only users whose tokens everyone can read.
caf::error use_demo_users(server_options& options) {
  boost::system::error_code ignored;
  auto address = boost::asio::ip::make_address(options.bind, ignored);
  if (!ignored && !address.is_loopback())
    return make_error(errc::invalid_option,
                      "users: a users file, or jwt-keys, is needed to "
                      "listen on "
                          + options.bind + ", which is not loopback");
  spdlog::warn("neither --users nor --jwt-keys: the compiled-in users are for "
               "trying out only");
  options.users = newsroom::demo_users();
  return caf::none;
}

/// Waits for SIGINT or SIGTERM, then drains; a second signal ends at once.
void run_until_signalled(server& running, const sigset_t& signals,
                         std::chrono::milliseconds drain_timeout) {
  int which = 0;
  sigwait(&signals, &which);
  spdlog::info("signal {}: draining, at most {} ms", which,
               drain_timeout.count());
  running.drain();
  auto end = std::chrono::steady_clock::now() + drain_timeout;
  while (!running.wait_drained(std::chrono::milliseconds{20})
         && std::chrono::steady_clock::now() < end) {
    timespec none{};
    if (sigtimedwait(&signals, nullptr, &none) > 0) {
      spdlog::warn("second signal: ending at once");
      spdlog::shutdown();
      std::_Exit(EXIT_FAILURE);
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  config cfg;
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  if (cfg.help_printed())
    return EXIT_SUCCESS;
  if (auto status = run_command(cfg, newsroom::endpoints(),
                                newsroom::demo_users(), std::cout, std::cerr))
    return *status;
  if (auto error = use_log_level(cfg); error != caf::none)
    return refuse(error);
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(options.error());
  if (!options->users)
    if (auto error = use_demo_users(*options); error != caf::none)
      return refuse(error);

  options->pages = newsroom::pages();

  // Blocked before any thread exists, so that only `sigwait` gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  caf::actor_system sys{cfg};
  auto drain_timeout = options->limits.drain_timeout;
  auto bind = options->bind;
  // Leaves the cluster before the actor system ends.
  auto settings = std::move(*options);
  auto node = join_cluster(sys);
  if (!node)
    return refuse(node.error());
  settings.cluster = std::move(*node);
  auto running = serve(sys, settings, newsroom::endpoints());
  if (!running)
    return refuse(running.error());
  spdlog::info("newsroom listens on ws://{}:{}/ws/", bind, running->port());
  spdlog::info("its page is http://{}:{}/", bind, running->port());
  run_until_signalled(*running, signals, drain_timeout);
  running->stop();
  spdlog::info("newsroom has ended");
}
