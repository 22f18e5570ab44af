#pragma once

#include <stagedoor/stagedoor.hpp>

#include <cstddef>
#include <string>

namespace stagedoor::bench {

/// What is put under load: the same action behind routes that are guarded in
/// different ways.
/// @param routes how many patterns a message of `open/` meets, its own
/// included.
/// @param has_judge whether nodes offer the service `judge`, whose actors
/// answer for `remote/`. That route is not there without it.
/// @param group the name of the group whose members `group/` makes and tells.
endpoint_spec action_endpoint(std::size_t routes, bool has_judge,
                              const std::string& group);

/// What a permission of the benchmark computes: the same everywhere, cheap, and
/// true.
bool computed_permission(const request& about);

} // namespace stagedoor::bench
