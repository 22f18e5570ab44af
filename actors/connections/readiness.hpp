#pragma once

#include "stagedoor/actors/description/health_check.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// Whether the server takes newcomers. Load balancers ask for it at `/readyz`,
/// and send their clients elsewhere while it says no.
/// Thread rule: any thread.
class readiness {
public:
  enum class state : std::uint8_t {
    ready,
    /// The node has not heard of the other nodes yet.
    joining,
    /// No node that this one sees runs the handlers.
    no_handlers,
    /// The server drains, or says that it is about to.
    draining,
  };

  /// @param others says whether the other nodes are in the way, from any
  ///        thread; none: the server stands alone.
  /// @param checks those of the application.
  explicit readiness(std::function<state()> others = {},
                     std::vector<health_check> checks = {})
      : others_(std::move(others)), checks_(std::move(checks)) {}

  readiness(const readiness&) = delete;
  readiness& operator=(const readiness&) = delete;

  /// From now on `/readyz` says that the server drains. Newcomers are served
  /// all the same.
  void announce_drain() { announced_ = true; }

  /// From now on newcomers are refused.
  void drain() {
    announced_ = true;
    draining_ = true;
  }

  [[nodiscard]] bool is_draining() const { return draining_; }

  /// What `/readyz` says: the word for the state, or else the name of the first
  /// check that says no.
  [[nodiscard]] std::string now() const {
    if (const auto seen = sees(); seen != state::ready)
      return std::string(text_of(seen));
    for (const auto& each : checks_)
      if (!passes(each))
        return each.name;
    return std::string(text_of(state::ready));
  }

private:
  static constexpr std::string_view text_of(state what) {
    switch (what) {
    case state::ready:
      return "ready";
    case state::joining:
      return "joining";
    case state::no_handlers:
      return "no_handlers";
    case state::draining:
      return "draining";
    }
    return {};
  }

  [[nodiscard]] state sees() const {
    if (announced_)
      return state::draining;
    return others_ ? others_() : state::ready;
  }

  /// A check that throws says no.
  static bool passes(const health_check& check) {
    try {
      return check.passes();
    } catch (...) {
      return false;
    }
  }

  std::function<state()> others_;
  std::vector<health_check> checks_;
  std::atomic<bool> announced_ = false;
  std::atomic<bool> draining_ = false;
};

} // namespace stagedoor
