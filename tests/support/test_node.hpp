#pragma once

#include <caf/actor_system.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel.hpp"
#include "log_lines.hpp"

namespace stagedoor::test {

/// Waits longer than `eventually`: for silence that has to be noticed first.
template <class Predicate>
bool at_last(Predicate holds) {
  return eventually(holds) || eventually(holds) || eventually(holds);
}

inline cluster_options node_named(std::string name,
                                  std::vector<std::string> seeds = {}) {
  cluster_options result;
  result.name = std::move(name);
  result.seeds = std::move(seeds);
  return result;
}

/// A node in this process, with an actor system of its own, on a port of
/// 127.0.0.1 that the system chose unless the options name one.
class test_node {
public:
  explicit test_node(cluster_options options)
      : lines_(std::make_shared<log_lines>()) {
    if (auto error = configure_cluster(config_, options); error != caf::none)
      throw std::runtime_error("test_node: " + text_of(error));
    system_ = std::make_unique<caf::actor_system>(config_);
    options.log = std::make_shared<spdlog::logger>("test", lines_);
    auto joined = join_cluster(*system_, options);
    if (!joined)
      throw std::runtime_error("test_node: " + text_of(joined.error()));
    cluster_ = std::move(*joined);
  }

  // The cluster before the actor system.
  ~test_node() = default;
  test_node(const test_node&) = delete;
  test_node& operator=(const test_node&) = delete;

  cluster* operator->() { return cluster_.get(); }
  [[nodiscard]] const cluster_ptr& shared() const { return cluster_; }
  caf::actor_system& system() { return *system_; }

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(cluster_->port());
  }

  void leave() { cluster_.reset(); }

  /// What this node knows of another one.
  [[nodiscard]] std::optional<peer_view> peer(std::string_view name) const {
    const auto all = cluster_->peers();
    const auto found =
        std::find_if(all.begin(), all.end(),
                     [&](const auto& entry) { return entry.name == name; });
    return found == all.end() ? std::nullopt : std::optional{*found};
  }
  [[nodiscard]] bool is_up(std::string_view name) const {
    const auto known = peer(name);
    return known && known->is_up;
  }
  /// Waits until the other node is up, or down.
  [[nodiscard]] bool sees(std::string_view name, bool up = true) const {
    return at_last([&] { return peer(name) && is_up(name) == up; });
  }

  /// Who offers a service, by this node's directory.
  [[nodiscard]] std::vector<service_entry>
  offers(const std::string& service) const {
    return cluster_->services()->entries(service);
  }
  /// Waits until a service has so many replicas.
  [[nodiscard]] bool finds(const std::string& service,
                           std::size_t count) const {
    return eventually([&] { return offers(service).size() == count; });
  }

  [[nodiscard]] std::string log() const { return lines_->text(); }
  /// Waits until the log contains `text`.
  [[nodiscard]] bool logs(std::string_view text) const {
    return at_last([&] { return log().find(text) != std::string::npos; });
  }
  [[nodiscard]] std::size_t times_logged(std::string_view text) const {
    std::size_t result = 0;
    const auto all = log();
    for (auto at = all.find(text); at != std::string::npos;
         at = all.find(text, at + 1))
      ++result;
    return result;
  }

private:
  std::shared_ptr<log_lines> lines_;
  config config_;
  std::unique_ptr<caf::actor_system> system_;
  cluster_ptr cluster_;
};

} // namespace stagedoor::test
