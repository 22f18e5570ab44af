#pragma once

#include "stagedoor/protocol/limits.hpp"

namespace spdlog {
class logger;
}

namespace stagedoor {

/// Raises the bound on file descriptors to the hard limit. If that is too few
/// for `connections_max`, fewer connections have to do: refusals, health
/// checks, operators and the host need descriptors too.
/// @param log is warned of that.
void raise_descriptor_limit(limits& bounds, spdlog::logger& log);

} // namespace stagedoor
