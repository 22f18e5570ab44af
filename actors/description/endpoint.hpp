#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/protocol/dialects/dialect.hpp"
#include "stagedoor/protocol/group.hpp"
#include "stagedoor/protocol/websocket/origin.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// Says what happens to a route whose rest no pattern matches.
enum class unmatched_route {
  /// The client gets a 404.
  refuse,
  /// The handler that was reached last runs the action.
  parent,
};

/// Says whether everybody or nobody may run the actions of a handler that names
/// no permissions.
enum class default_permission { allow, deny };

/// The rule of the groups whose names match a pattern.
struct group_rule {
  /// An RE2 pattern for the whole name.
  std::string pattern;
  group_policy policy = {};
  /// Who may be in; null: everybody whom an action lets join.
  std::shared_ptr<const permission_list> guard = nullptr;
  /// How often the guard is asked again for each member; absent: only when
  /// credentials are refreshed and when somebody invalidates decisions.
  std::optional<std::chrono::milliseconds> recheck = {};
};

/// An option of `endpoint::group`: the guard is asked again for each member
/// after this time, which is longer than 0. The answer may be a cached one, if
/// the permissions allow that.
struct recheck_every {
  std::chrono::milliseconds interval;
};

/// An option of `endpoint::group`: members get an event when another member
/// joins or leaves.
struct presence_t {
  std::chrono::milliseconds grace{0};

  /// `presence(5s)`: a user whose last connection leaves has so long to come
  /// back before members are told. If the user comes back in time, they are
  /// told neither.
  constexpr presence_t operator()(std::chrono::milliseconds time) const {
    return {time};
  }
};
inline constexpr presence_t presence{};

inline void apply(group_rule& x, presence_t option) {
  x.policy.presence = true;
  x.policy.grace = option.grace;
}
inline void apply(group_rule& x, slow_member slow) {
  x.policy.slow = std::move(slow);
}
inline void apply(group_rule& x, recheck_every option) {
  x.recheck = option.interval;
}
inline void apply(group_rule& x, const history& bounds) {
  x.policy.kept = bounds;
}
inline void apply(group_rule& x, replay_on_join option) {
  x.policy.replay = option.events;
}
inline void apply(group_rule& x, guarded_by list) {
  x.guard = std::make_shared<const permission_list>(std::move(list));
}

/// One HTTP path of a server with the handlers below it; see `endpoint`.
struct endpoint_spec {
  /// An RE2 pattern for the whole path.
  std::string path;
  handler_spec root;
  std::vector<handler_definition::child> routes;
  origin_policy origin;
  /// The endpoint's own subprotocols. The server picks the first one that the
  /// client offers and that is in this list. No name may begin with `bearer.`,
  /// because clients offer their credentials under such names.
  std::vector<std::string> subprotocols;
  /// The cookie that may carry a bearer token; empty for none.
  std::string token_cookie;
  stagedoor::unmatched_route unmatched = unmatched_route::refuse;
  /// The codenames that the permissions of the endpoint may look for.
  std::vector<std::string> codenames;
  /// The first rule that matches counts, over the rules of all endpoints.
  std::vector<group_rule> groups;
  /// Whether refused credentials and denied connections get a 101 and then the
  /// close codes 4401 and 4403, because a browser does not show the HTTP answer
  /// to the page.
  bool accept_then_close = false;
  /// Whether permessage-deflate is negotiated.
  bool compression = false;
  /// The form of the messages between the endpoint and its clients.
  dialect spoken = dialect::stagedoor;
  /// Whether a list is sent whole, page after page.
  bool sends_all_pages = false;
};

/// Builds an endpoint: `endpoint("/ws/").route("child/", child())`.
class endpoint {
public:
  /// @param root the handler of the empty route. Its permissions guard all
  ///        routes.
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
  /// `handler_builder::mounts`. Only the permissions of the root handler guard
  /// it.
  template <class Actor>
  requires(!std::is_convertible_v<Actor, handler_spec>) endpoint& route(
      const std::string& pattern, const Actor& mounted) {
    return route(pattern, handler(pattern).mounts(mounted));
  }

  /// Allows these origins instead of the request's own host.
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

  /// Names the codenames of the application (`posts.add_post`). A permission
  /// that looks for any other codename is an error when the server starts.
  endpoint& codenames(std::vector<std::string> names) {
    spec_.codenames = std::move(names);
    return *this;
  }

  /// Takes a bearer token from this cookie if the client sends no other one. A
  /// browser sends cookies for every page, so only the endpoint's rule on
  /// `Origin` keeps foreign pages out. The cookie stays in the scope.
  endpoint& token_cookie(std::string name) {
    spec_.token_cookie = std::move(name);
    return *this;
  }

  endpoint& unmatched(unmatched_route value) {
    spec_.unmatched = value;
    return *this;
  }

  /// Sets the policy of the groups whose whole names match `pattern`. All other
  /// groups drop events for slow members and have no presence. Groups belong to
  /// the server: a rule of one endpoint holds for the members from all
  /// endpoints, and each node should have the same rules.
  /// @param options a `slow_member`, `presence`, `guarded_by(…)`,
  ///        `recheck_every{…}`, `history{…}`, `replay_on_join{…}`, or several
  ///        of them. A history needs a guard. The permissions of
  ///        `guarded_by`, all of which must allow, are the guard: they alone
  ///        decide who may be in. They are asked with the action `join`, the
  ///        name of the group as the route and the captures of the pattern,
  ///        when a connection is to enter, whoever has it enter; and again for
  ///        a member when credentials are refreshed or decisions invalidated.
  template <class... Options>
  endpoint& group(std::string pattern, Options... options) {
    group_rule rule{std::move(pattern)};
    (apply(rule, std::move(options)), ...);
    spec_.groups.push_back(std::move(rule));
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

  /// Serves clients that are written for another server, whose messages have
  /// another form; see protocol/dialects/README.md.
  endpoint& speaks(dialect value) {
    spec_.spoken = value;
    return *this;
  }

  /// Sends a list whole, page after page: a page that `list` answers with, in
  /// the form of `pagination::window`, is followed by the next ones. Only the
  /// dialect dcrf has that; see protocol/dialects/README.md.
  endpoint& sends_all_pages() {
    spec_.sends_all_pages = true;
    return *this;
  }

  // NOLINTNEXTLINE(google-explicit-constructor): ends the chain of calls.
  operator endpoint_spec() const { return spec_; }

private:
  endpoint_spec spec_;
};

} // namespace stagedoor
