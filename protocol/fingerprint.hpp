#pragma once

#include "stagedoor/protocol/client_message.hpp"

#include <string>

namespace stagedoor {

/// Says which message it is, so that two are the same message if their
/// fingerprints are equal: a hash of 32 bytes over the route, the action and
/// the arguments as JSON values. The order of keys does not count, and numbers
/// of the same value are equal however they are written: 1, 1.0 and 1e0. What
/// the other control keys say does not count.
/// @param message has an action.
std::string fingerprint_of(const client_message& message);

} // namespace stagedoor
