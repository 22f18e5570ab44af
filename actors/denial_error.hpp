#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/reply.hpp"

#include "caf/error.hpp"

namespace stagedoor {

/// Returns the error of a question that a guard has not allowed. It has the
/// code of the denial, and carries the decision, also to another node.
caf::error to_error(decision denial);

/// Returns what a client sees of an error: the denial that it carries, or what
/// its code means.
reply to_reply(const caf::error& error);

} // namespace stagedoor
