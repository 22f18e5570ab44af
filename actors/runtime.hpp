#pragma once

#include "stagedoor/protocol/group_position.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/web_page.hpp"

#include "caf/actor.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

class blocking_workers;
class cluster;
class denial_log;
class key_board;
class notifier;
class server_metrics;
class service_directory;
struct decision_cache_counts;

/// The things that all roles of one server share. It lives longer than any of
/// them.
/// Thread rule: constant after the start; any thread may use the logger, the
/// workers, the clock and the counters.
struct runtime {
  stagedoor::limits limits;
  /// The name of the server. Servers with the same name on several nodes are
  /// one server.
  std::string server_name = "stagedoor";
  /// Closes with 1012 and 1013 in place of 4012 and 4013.
  bool standard_close_codes = false;
  /// The pages by their paths.
  web_pages pages;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<blocking_workers> workers;
  std::shared_ptr<decision_cache_counts> cache_counts;
  /// What actions tell clients with. Never null.
  std::shared_ptr<const stagedoor::notifier> notifier;
  /// The number of messages from other nodes that have no answer yet.
  std::shared_ptr<std::atomic<std::size_t>> relayed_open =
      std::make_shared<std::atomic<std::size_t>>(0);
  /// Null unless the admin endpoint is enabled.
  std::shared_ptr<denial_log> denials;
  /// Null unless metrics are enabled.
  std::shared_ptr<const server_metrics> metrics;
  /// The services of this node and of others. Never null.
  std::shared_ptr<const service_directory> services;
  /// The node that the server runs on; null if it stands alone.
  std::shared_ptr<const stagedoor::cluster> cluster;
  /// Where the states of keys are that exist once in the cluster. Null if no
  /// handler has any, and on a node that runs no handlers.
  std::shared_ptr<const key_board> keys;
  /// The once keeper of this node. Null if no action runs exactly once, and on
  /// a node that runs no handlers.
  caf::actor once_keeper;
  /// The clock for the expiry of credentials.
  std::function<std::chrono::system_clock::time_point()> wall_clock =
      std::chrono::system_clock::now;
  /// Names the epochs of histories; no two have one name.
  std::function<std::uint64_t()> make_epoch = new_epoch;
};

using runtime_ptr = std::shared_ptr<const runtime>;

} // namespace stagedoor
