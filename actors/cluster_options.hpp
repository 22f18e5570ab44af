#pragma once

#include "stagedoor/actors/cluster.hpp"

#include "caf/config_option_set.hpp"
#include "caf/error.hpp"

namespace stagedoor {

/// Registers `--node`, `--cluster-*`, `--join` and `--roles`.
void add_cluster_options(caf::config_option_set& target);

/// Checks what does not need the network.
/// @returns errc::invalid_option with a line that names the option.
caf::error validate(const cluster_options& options);

} // namespace stagedoor
