#pragma once

#include "load/options.hpp"
#include "load/report.hpp"

namespace stagedoor::load {

/// Starts the threads, opens the connections, drives them and adds up what came
/// of it.
report run(const options& opts);

} // namespace stagedoor::load
