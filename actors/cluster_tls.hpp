#pragma once

#include "stagedoor/actors/cluster.hpp"

#include "caf/error.hpp"

namespace stagedoor {

/// Loads the files as CAF will for each link: there a bad one would end the
/// process.
/// @returns errc::invalid_option with a line that names the option.
caf::error check_files(const cluster_tls& tls);

} // namespace stagedoor
