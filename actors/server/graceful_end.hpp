#pragma once

#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/server/server.hpp"
#include "stagedoor/actors/server/termination_signals.hpp"

namespace stagedoor {

/// Waits for a signal, lets `/readyz` answer 503 for `drain_delay`, drains the
/// server for `drain_timeout` at most, and stops it. If something of the
/// application still runs `server_limits::stop_timeout` after that time, the
/// log says what it is, and the process ends with status 0. A second signal
/// ends the process at once, with status 1, whatever hangs.
void end_gracefully(server& ending, termination_signals& signals,
                    const runtime& shared, limits::duration drain_delay);

} // namespace stagedoor
