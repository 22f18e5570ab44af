#pragma once

#include "stagedoor/actors/connections/readiness.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/runtime.hpp"

#include <functional>

namespace stagedoor {

/// Returns what says whether the node of a server sees what it needs to serve
/// clients: it has heard of the other nodes, and the handlers of each endpoint
/// run somewhere.
/// @param shared of a server that runs on a node.
std::function<readiness::state()>
readiness_of_node(runtime_ptr shared, endpoint_table_ptr endpoints);

} // namespace stagedoor
