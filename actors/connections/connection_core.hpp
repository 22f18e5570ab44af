#pragma once

#include "stagedoor/actors/connections/connection_setup.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/protocol/dialects/speech.hpp"

#include <cstdint>

namespace stagedoor {

/// What the deadlines of a connection send to it.
enum deadline_id : std::uint64_t {
  opening_deadline,
  idle_deadline,
  stall_deadline,
  credentials_deadline,
  guards_deadline,
};

/// What the parts of one connection share. It belongs to the connection, which
/// outlives its parts.
struct connection_core {
  /// The connection's actor, without its state: the parts send and ask through
  /// it, and arm their deadlines at its home.
  pinned<connection_actor::base>* self = nullptr;
  /// Empty until the connection starts.
  connection_setup setup = {};
  /// Null unless metrics are enabled.
  unit_metrics* metrics = nullptr;
  /// How the endpoint speaks with the client. Set with the 101.
  stagedoor::speech speech = {};

  [[nodiscard]] const limits& bounds() const { return setup.shared->limits; }

  [[nodiscard]] transport& socket() const { return *setup.socket; }

  [[nodiscard]] unit& home() const { return self->home(); }

  /// The number that a close with `code` has on the wire.
  [[nodiscard]] close_code sent_as(close_code code) const {
    return setup.shared->standard_close_codes ? standard_of(code) : code;
  }

  /// Counts the answer to a message that goes to no handler.
  void count_unhandled(const compiled_endpoint& endpoint,
                       std::uint16_t status) const {
    if (metrics != nullptr)
      metrics->count_unhandled(endpoint.spec.path, status);
  }

  /// The connection as others know it.
  [[nodiscard]] caf::actor handle() const {
    return caf::actor_cast<caf::actor>(self);
  }
};

} // namespace stagedoor
