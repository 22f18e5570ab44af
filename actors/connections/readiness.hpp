#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

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
  explicit readiness(std::function<state()> others = {})
      : others_(std::move(others)) {}

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

  [[nodiscard]] state now() const {
    if (announced_)
      return state::draining;
    return others_ ? others_() : state::ready;
  }

private:
  std::function<state()> others_;
  std::atomic<bool> announced_ = false;
  std::atomic<bool> draining_ = false;
};

/// The state as `/readyz` says it.
constexpr std::string_view text_of(readiness::state state) {
  switch (state) {
  case readiness::state::ready:
    return "ready";
  case readiness::state::joining:
    return "joining";
  case readiness::state::no_handlers:
    return "no_handlers";
  case readiness::state::draining:
    return "draining";
  }
  return {};
}

} // namespace stagedoor
