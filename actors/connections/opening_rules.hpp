#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/connections/readiness.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/protocol/websocket/bearer_token.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"
#include "stagedoor/protocol/websocket/web_page.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace stagedoor {

/// The server, as the rules for an opening request see it.
struct server_view {
  const endpoint_table& endpoints;
  const limits& bounds;
  const web_pages& pages;
  const readiness& ready;
  bool over_limit = false;
  /// Null: the server stands alone.
  const cluster* node = nullptr;
};

/// An opening request that may go on to authentication and permissions.
struct admissible {
  const compiled_endpoint* endpoint = nullptr;
  /// Without connection ID, peer and user.
  stagedoor::scope scope;
  /// If it has a fault, the credentials are refused.
  bearer_token token;
  /// What the log should say of the request.
  std::vector<std::string_view> remarks;
};

/// An opening request that is answered over HTTP.
struct answered {
  http_answer answer;
  /// For the log; empty for a health check and for a page.
  std::string reason;
};

/// Applies the table of protocol/README.md, "The answers to an opening
/// request", row by row, up to the credentials. Pure. Pages stand before the
/// row on the path; a request to upgrade never gets one.
std::variant<admissible, answered>
examine_opening(const opening_request& request, const server_view& server);

/// What a denied can_connect, or an error of the pool, is answered with.
http_answer answer_of(const decision& denial, limits::duration retry_after);

} // namespace stagedoor
