#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/protocol/group.hpp"
#include "stagedoor/protocol/websocket/origin.hpp"

#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// What happens to a route whose rest no pattern matches.
enum class unmatched_route {
  /// 404.
  refuse,
  /// The handler that has got so far runs the action.
  parent,
};

/// Who may run the actions of a handler that names no permissions.
enum class default_permission { allow, deny };

/// How the groups whose names a pattern matches treat their members.
struct group_rule {
  /// An RE2 pattern for the whole name.
  std::string pattern;
  group_policy policy;
};

/// Members hear who joins a group and who leaves: an option of
/// `endpoint::group`.
struct presence_t {};
inline constexpr presence_t presence{};

inline void apply(group_policy& x, presence_t) {
  x.presence = true;
}
inline void apply(group_policy& x, slow_member slow) {
  x.slow = slow;
}

/// One HTTP path of a server, with the handlers below it; see `endpoint`.
struct endpoint_spec {
  /// An RE2 pattern for the whole path.
  std::string path;
  handler_spec root;
  std::vector<handler_definition::child> routes;
  origin_policy origin;
  /// The endpoint's own subprotocols; the first one that the client offers
  /// and that is in this list is picked. None begins with `bearer.`: what a
  /// client offers under such a name is its credential.
  std::vector<std::string> subprotocols;
  /// The cookie that may carry a bearer token; empty for none.
  std::string token_cookie;
  stagedoor::unmatched_route unmatched = unmatched_route::refuse;
  /// The codenames that its permissions may look for.
  std::vector<std::string> codenames;
  /// The first that matches counts, whichever endpoint's it is.
  std::vector<group_rule> groups;
  /// Answer refused credentials and permissions with a 101 and the close codes
  /// 4401 and 4403: browsers cannot see an HTTP refusal.
  bool accept_then_close = false;
  /// Whether permessage-deflate is negotiated.
  bool compression = false;
};

/// Builds an endpoint: `endpoint("/ws/").route("child/", child())`.
class endpoint {
public:
  /// @param root handles the empty route, and guards all routes.
  explicit endpoint(std::string path, handler_spec root = handler("root")) {
    spec_.path = std::move(path);
    spec_.root = std::move(root);
  }

  /// Adds a handler for the routes that begin with `pattern`.
  endpoint& route(std::string pattern, handler_spec handler) {
    spec_.routes.push_back({std::move(pattern), std::move(handler)});
    return *this;
  }

  /// Leads these routes to an actor of the application, see
  /// `handler_builder::mounts`. It has no permissions but those of the root.
  template <class Actor>
  requires(!std::is_convertible_v<Actor, handler_spec>) endpoint& route(
      const std::string& pattern, const Actor& mounted) {
    return route(pattern, handler(pattern).mounts(mounted));
  }

  /// Lets these origins in instead of the request's own host.
  endpoint& origins(std::vector<std::string> allowed) {
    spec_.origin.allowed = std::move(allowed);
    return *this;
  }

  /// Refuses clients that send no `Origin`.
  endpoint& require_origin() {
    spec_.origin.absent_allowed = false;
    return *this;
  }

  endpoint& subprotocols(std::vector<std::string> names) {
    spec_.subprotocols = std::move(names);
    return *this;
  }

  /// Names the codenames of the application (`posts.add_post`): a permission
  /// that looks for any other is an error when the server starts.
  endpoint& codenames(std::vector<std::string> names) {
    spec_.codenames = std::move(names);
    return *this;
  }

  /// Takes a bearer token from this cookie where the client sends no other. A
  /// browser sends it for any page, so it is the endpoint's rule on `Origin`
  /// that keeps foreign pages out. The cookie stays in the scope.
  endpoint& token_cookie(std::string name) {
    spec_.token_cookie = std::move(name);
    return *this;
  }

  endpoint& unmatched(unmatched_route value) {
    spec_.unmatched = value;
    return *this;
  }

  /// Says how groups treat their members whose names match `pattern` as a
  /// whole; others drop events for slow members and tell of nobody. Groups are
  /// the server's: what one endpoint says holds for the members of all, and
  /// each node should say the same.
  /// @param options a `slow_member` and `presence`, or one of them.
  template <class... Options>
  endpoint& group(std::string pattern, Options... options) {
    group_policy policy;
    (apply(policy, options), ...);
    spec_.groups.push_back({std::move(pattern), policy});
    return *this;
  }

  endpoint& accept_then_close() {
    spec_.accept_then_close = true;
    return *this;
  }

  endpoint& compression() {
    spec_.compression = true;
    return *this;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): ends the chain of calls.
  operator endpoint_spec() const { return spec_; }

private:
  endpoint_spec spec_;
};

} // namespace stagedoor
