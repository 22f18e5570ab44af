#pragma once

#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/server/server_options.hpp"

#include "caf/actor_system.hpp"

#include <memory>

namespace stagedoor {

/// What the roles of a server share, as far as its options say it.
std::shared_ptr<runtime> make_runtime(caf::actor_system& sys,
                                      const server_options& options);

} // namespace stagedoor
