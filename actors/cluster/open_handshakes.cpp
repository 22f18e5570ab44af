#include "stagedoor/actors/cluster/open_handshakes.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/link_greeting.hpp"

#include <utility>

namespace stagedoor {

open_handshakes::open_handshakes(std::shared_ptr<spdlog::logger> log)
    : log_(std::move(log)) {}

void open_handshakes::add(link_scribe* link) {
  std::lock_guard lock{mutex_};
  open_.emplace(link, clock::now() + cluster_limits::handshake_timeout);
}

void open_handshakes::remove(link_scribe* link) {
  std::lock_guard lock{mutex_};
  open_.erase(link);
}

bool open_handshakes::is_full() const {
  std::lock_guard lock{mutex_};
  return open_.size() >= cluster_limits::handshakes_max;
}

std::vector<link_scribe*> open_handshakes::late() const {
  const auto now = clock::now();
  std::lock_guard lock{mutex_};
  std::vector<link_scribe*> result;
  for (const auto& [link, due] : open_)
    if (due <= now)
      result.push_back(link);
  return result;
}

void open_handshakes::warn_full() {
  warn(told_full_, std::to_string(cluster_limits::handshakes_max)
                       + " connections at the nodes' port are in their "
                         "handshake: refusing others");
}

void open_handshakes::warn_no_descriptors() {
  warn(told_no_descriptors_, "no file descriptor is left for connections at "
                             "the nodes' port: closing them");
}

void open_handshakes::warn_failed(const std::string& why) {
  warn(told_failed_, "a node was refused: " + why);
}

void open_handshakes::warn_version(const std::string& host,
                                   std::uint64_t version) {
  warn(told_version_, "a node at " + host + ' ' + version_text(version));
}

void open_handshakes::warn(last_time& last, const std::string& text) {
  {
    const auto now = clock::now();
    std::lock_guard lock{mutex_};
    if (last && now - *last < cluster_limits::handshake_warning_interval)
      return;
    last = now;
  }
  log_->warn("{}", text);
}

std::string version_text(std::uint64_t version) {
  return "speaks version " + std::to_string(version)
         + " of CAF's protocol, this node version "
         + std::to_string(link_greeting::own_version())
         + ": build both with the same CAF";
}

} // namespace stagedoor
