#pragma once

#include <stagedoor/actors/store/store.hpp>
#include <stagedoor/stagedoor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace stagedoor::newsroom {

/// What the command line sets for all endpoints.
struct endpoint_options {
  /// Empty: the origin of the request's own host.
  std::vector<std::string> origins;
  bool require_origin = false;
  bool compression = false;
  /// Besides `stagedoor`, which every endpoint picks.
  std::vector<std::string> subprotocols = {"newsroom"};
  /// Empty for none.
  std::string token_cookie;
  /// Where the posts are. Null: there are none, and no routes to them.
  store_ptr database;
  /// Whether rooms keep their last messages for members who come back. No node
  /// of a cluster can do so.
  bool keeps_messages = false;
};

/// The endpoints of the example server, which the README, the tests and the
/// benchmarks use.
std::vector<endpoint_spec> endpoints();
std::vector<endpoint_spec> endpoints(const endpoint_options& options);

/// The web page of the example, which stands in `page/` and is compiled in:
/// `/` and what that loads.
web_pages pages();

/// The users that are compiled in, for trying the server out only.
std::shared_ptr<const users_file> demo_users();

} // namespace stagedoor::newsroom
