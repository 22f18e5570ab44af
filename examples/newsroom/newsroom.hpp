#pragma once

#include <stagedoor/stagedoor.hpp>

#include <memory>
#include <vector>

namespace stagedoor::newsroom {

/// The endpoints of the example server, which the README, the tests and the
/// benchmarks use.
std::vector<endpoint_spec> endpoints();

/// The web page of the example, which stands in `page/` and is compiled in:
/// `/` and what that loads.
web_pages pages();

/// The users that are compiled in, for trying the server out only.
std::shared_ptr<const users_file> demo_users();

} // namespace stagedoor::newsroom
