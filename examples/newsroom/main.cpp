#include <boost/asio/ip/address.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/actors/store/postgres_store.hpp>
#include <stagedoor/actors/store/sqlite_store.hpp>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "newsroom.hpp"

namespace {

using namespace stagedoor;

constexpr int usage_status = 2;

/// The options of a server, and those that set the endpoints of the example.
struct newsroom_config : config {
  newsroom_config() {
    opt_group{custom_options_, "global"}
        .add<std::string>("origins",
                          "origins that may connect, separated by commas; "
                          "without it those of the server's own host")
        .add<bool>("require-origin", "refuse clients that send no Origin")
        .add<bool>("compression", "agree to permessage-deflate")
        .add<std::string>("subprotocols",
                          "subprotocols to pick, separated by commas")
        .add<std::string>("token-cookie", "cookie that may hold a token")
        .add<std::string>("database",
                          "file that holds the posts, postgresql://… for a "
                          "server, or nothing; without it newsroom.db");
  }

  [[nodiscard]] newsroom::endpoint_options endpoint_options() const {
    newsroom::endpoint_options result;
    result.origins = list("origins", result.origins);
    result.require_origin = caf::get_or(*this, "require-origin", false);
    result.compression = caf::get_or(*this, "compression", false);
    result.subprotocols = list("subprotocols", result.subprotocols);
    result.token_cookie =
        caf::get_or(*this, "token-cookie", result.token_cookie);
    result.keeps_messages = caf::get_or(*this, "node", std::string{}).empty();
    return result;
  }

  /// The database of the posts; null for none.
  [[nodiscard]] caf::expected<store_ptr> open_database() const {
    const auto where =
        caf::get_or(*this, "database", std::string{"newsroom.db"});
    if (where.empty())
      return store_ptr{};
    if (where.starts_with("postgresql://") || where.starts_with("postgres://"))
      return open_postgres({.connection = where});
    return open_sqlite({.path = where});
  }

private:
  /// The texts of an option, or `otherwise` without it.
  [[nodiscard]] std::vector<std::string>
  list(const std::string& option, std::vector<std::string> otherwise) const {
    std::istringstream text{caf::get_or(*this, option, std::string{})};
    std::vector<std::string> result;
    for (std::string item; std::getline(text, item, ',');)
      if (!item.empty())
        result.push_back(std::move(item));
    return result.empty() ? otherwise : result;
  }
};

/// Bad configuration: one line, and nothing has been started.
int refuse(const caf::error& error) {
  std::cerr << "newsroom: " << text_of(error) << '\n';
  return usage_status;
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

} // namespace

int main(int argc, char** argv) {
  newsroom_config cfg;
  cfg.offer_commands();
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  if (cfg.help_printed())
    return EXIT_SUCCESS;
  auto database = cfg.open_database();
  if (!database)
    return refuse(database.error());
  auto endpoint_options = cfg.endpoint_options();
  endpoint_options.database = std::move(*database);
  const auto endpoints = newsroom::endpoints(endpoint_options);
  if (auto status = run_command(cfg, endpoints, newsroom::demo_users(),
                                std::cout, std::cerr))
    return *status;
  if (auto error = use_log_level(cfg); error != caf::none)
    return refuse(error);
  log_in_background();
  auto options = server_options::from(cfg);
  if (!options)
    return refuse(options.error());
  if (!options->users)
    if (auto error = use_demo_users(*options); error != caf::none)
      return refuse(error);

  options->pages = newsroom::pages();

  termination_signals signals; // Before the actor system has threads.
  caf::actor_system sys{cfg};
  // Leaves the cluster before the actor system ends.
  auto settings = std::move(*options);
  auto node = join_cluster(sys);
  if (!node)
    return refuse(node.error());
  settings.cluster = std::move(*node);
  auto running = serve(sys, settings, endpoints);
  if (!running)
    return refuse(running.error());
  spdlog::info("newsroom listens on ws://{}:{}/ws/", settings.bind,
               running->port());
  spdlog::info("its page is http://{}:{}/", settings.bind, running->port());
  running->run_until(signals);
  spdlog::info("newsroom has ended");
}
