#pragma once

#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/web_page.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
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
class server_metrics;
class service_directory;
struct decision_cache_counts;

/// What all roles of one server share. Lives longer than any of them.
/// Thread rule: constant after the start; the logger, the workers, the clock
/// and what is counted may be used from any thread.
struct runtime {
  stagedoor::limits limits;
  /// Servers of one name, on nodes that see each other, are one.
  std::string server_name = "stagedoor";
  /// What plain requests are answered with, by path.
  web_pages pages;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<blocking_workers> workers;
  std::shared_ptr<decision_cache_counts> cache_counts;
  /// Messages of other nodes' clients that are being handled.
  std::shared_ptr<std::atomic<std::size_t>> relayed_open =
      std::make_shared<std::atomic<std::size_t>>(0);
  /// Null if nobody can read it.
  std::shared_ptr<denial_log> denials;
  /// Null if nobody collects them.
  std::shared_ptr<const server_metrics> metrics;
  /// Who offers which service, on this node and on others. Never null.
  std::shared_ptr<const service_directory> services;
  /// The node that the server runs on; null if it stands alone.
  std::shared_ptr<const stagedoor::cluster> cluster;
  /// What the expiry of credentials is compared with.
  std::function<std::chrono::system_clock::time_point()> wall_clock =
      std::chrono::system_clock::now;
};

using runtime_ptr = std::shared_ptr<const runtime>;

} // namespace stagedoor
