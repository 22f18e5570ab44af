#pragma once

#include <caf/actor.hpp>

#include <stagedoor/stagedoor.hpp>

#include <cstdint>
#include <string>

#include "channel.hpp"

namespace stagedoor::test {

/// An endpoint whose actions end when the test says so. It lives longer than
/// its server; what comes through its channels does not.
struct held_replies {
  /// The answers that `hold` and `hold_beside` owe.
  channel<deferred> held;
  /// The connections that said `introduce`.
  channel<caf::actor> connections;
  /// Where `block` waits.
  gate block_gate;

  stagedoor::endpoint endpoint() {
    const auto hold = [this](const context& ctx) {
      auto later = ctx.defer();
      held.put(later);
      return later;
    };
    return stagedoor::endpoint(
        "/ws/", handler("held")
                    .action("ping",
                            [] {
                              return ok({{"pong", true}});
                            })
                    .action("introduce",
                            [this](const context& ctx) {
                              connections.put(ctx.connection());
                            })
                    .action("fill",
                            [](arg<"bytes", std::uint64_t> bytes) {
                              return ok(json::value(std::string(*bytes, 'x')));
                            })
                    .action("hold", hold)
                    .action("hold_beside", hold, concurrent)
                    .action(
                        "block", [this] { block_gate.pass(); }, blocking));
  }
};

} // namespace stagedoor::test
