#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"

#include <cstddef>
#include <vector>

namespace stagedoor {

/// Says which unit of a server runs what needs the state of a handler. A
/// handler that lives for the server has its runner on the first unit, and one
/// that lives by key spreads the runners of its keys over all units. Any other
/// handler has its runners on the unit of the connection.
/// Thread rule: belongs to one actor.
class runner_home {
public:
  /// @param routers those of the endpoint, in the order of the units; empty for
  ///        a server of one unit.
  /// @param here the index of this unit.
  runner_home(handler_spec handler, std::vector<router_actor> routers,
              std::size_t here);

  /// The router of the unit where the runner of the server is.
  /// @returns null if it is this unit, and for other lifetimes.
  [[nodiscard]] router_actor of_server() const;

  /// The router of the unit where the runner of a message is.
  /// @returns null if it is this unit.
  [[nodiscard]] router_actor of(const request& message) const;

private:
  [[nodiscard]] router_actor router_of(std::size_t unit) const;

  handler_spec handler_;
  std::vector<router_actor> routers_;
  std::size_t here_;
};

} // namespace stagedoor
