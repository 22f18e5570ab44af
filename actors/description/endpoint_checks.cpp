#include "stagedoor/actors/description/endpoint_checks.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/websocket/bearer_token.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor {

namespace {

/// Whether a text is a token of HTTP, as names of cookies and subprotocols are.
bool is_token(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789!#$%&'*+-.^_`|~";
  return !text.empty()
         && text.find_first_not_of(letters) == std::string_view::npos;
}

/// Whether a match of the pattern depends on what follows it. A `$` inside of
/// brackets, which does not, is taken for one that does.
bool looks_ahead(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$')
      return true;
    if (text[i] != '\\' || i + 1 == text.size())
      continue;
    ++i;
    if (text[i] == 'z' || text[i] == 'b' || text[i] == 'B')
      return true;
  }
  return false;
}

/// Says what is wrong with what a group keeps; empty if nothing is.
std::string flaw_of_history(const group_rule& rule) {
  const auto& policy = rule.policy;
  if (!policy.kept)
    return policy.replay > 0
               ? "have no history to replay: replay_on_join needs "
                 "history"
               : "";
  if (policy.kept->events == 0 || policy.kept->bytes == 0
      || policy.kept->age.count() <= 0)
    return "have a history with a bound that is not at least 1";
  if (!rule.guard)
    return "have a history and no guard, so that everybody could read it: "
           "history needs guarded_by";
  const auto slow = policy.slow.what();
  if (slow != slow_member::drop_newest && slow != slow_member::close)
    return "have a history, from which slow members read on: the only other "
           "thing that may happen to them is slow_member::close";
  return "";
}

bool has_alternatives(std::string_view text) {
  return text.find('|') != std::string_view::npos;
}

/// Whether the pattern `later` says what `earlier` says and then more.
bool continues(std::string_view later, std::string_view earlier) {
  constexpr std::string_view repetitions = "*+?{";
  return later.size() > earlier.size() && later.starts_with(earlier)
         && repetitions.find(later[earlier.size()]) == std::string_view::npos
         && !has_alternatives(later);
}

/// Whether each route that `later` matches has a prefix that `earlier` matches.
/// It finds the usual cases, and is never true without cause.
bool swallows(const path_pattern& earlier, const path_pattern& later) {
  fields ignored;
  const auto& begin = later.prefix();
  if (!looks_ahead(earlier.text()))
    return earlier.match_prefix(begin, ignored)
           || continues(later.text(), earlier.text());
  // It may still match the only route that the other one matches.
  return later.text() == begin + '$'
         && earlier.match_prefix(begin, ignored).has_value();
}

void add_unreachable(const route_tree& tree, const compiled_route& above,
                     const std::string& place, std::vector<std::string>& to) {
  const auto& list = above.children;
  for (auto later = list.begin(); later != list.end(); ++later) {
    const auto& text = later->pattern.text();
    const auto here = place + ", route \"" + text + '"';
    const auto earlier =
        std::find_if(list.begin(), later, [&](const auto& each) {
          return swallows(each.pattern, later->pattern);
        });
    if (earlier != later)
      to.push_back(here + ": no message comes here, because the route \""
                   + earlier->pattern.text() + "\" before it takes them all");
    add_unreachable(tree, tree.all()[later->index], here, to);
  }
}

} // namespace

caf::error flaw_at(const std::string& place, const std::string& reason) {
  return make_error(errc::invalid_endpoint, place + ": " + reason);
}

caf::error check_endpoint(const compiled_endpoint& endpoint,
                          const std::string& place) {
  const auto& spec = endpoint.spec;
  if (spec.path.empty() || !endpoint.path.may_begin_with('/'))
    return flaw_at(place, "its path does not begin with a slash, as the paths "
                          "of all requests do");
  if (spec.path == "/healthz" || spec.path == "/readyz")
    return flaw_at(place, "the path is that of a health check of the server");
  for (const auto& name : spec.subprotocols) {
    if (!is_token(name))
      return flaw_at(place, "no client can send the subprotocol \"" + name
                                + "\", which is no token of HTTP");
    if (is_credential(name))
      return flaw_at(place, "the subprotocol \"" + name
                                + "\" is never picked, because clients send "
                                  "tokens behind bearer. and "
                                  "base64url.bearer.");
  }
  if (!spec.token_cookie.empty() && !is_token(spec.token_cookie))
    return flaw_at(place, "no client can send the cookie \"" + spec.token_cookie
                              + "\", whose name is no token of HTTP");
  for (const auto& rule : spec.groups) {
    const auto& slow = rule.policy.slow;
    if (slow.what() == slow_member::newest_of_key && slow.key().empty())
      return flaw_at(place, "the groups \"" + rule.pattern
                                + "\" keep the newest event of a key without "
                                  "a name");
    if (rule.policy.grace < rule.policy.grace.zero())
      return flaw_at(place, "the groups \"" + rule.pattern
                                + "\" have a negative grace");
    if (rule.recheck && rule.recheck->count() <= 0)
      return flaw_at(place, "the groups \"" + rule.pattern
                                + "\" have a time of recheck_every that is not "
                                  "longer than 0");
    if (rule.recheck && !rule.guard)
      return flaw_at(place, "the groups \"" + rule.pattern
                                + "\" have no guard to ask again: "
                                  "recheck_every needs guarded_by");
    if (auto flaw = flaw_of_history(rule); !flaw.empty())
      return flaw_at(place, "the groups \"" + rule.pattern + "\" " + flaw);
  }
  if (spec.sends_all_pages && spec.spoken != dialect::dcrf)
    return flaw_at(place, "it cannot send all pages of a list, because only "
                          "the dialect dcrf has that");
  return caf::none;
}

std::vector<std::string> find_unreachable(const endpoint_table& endpoints) {
  std::vector<std::string> result;
  for (auto later = endpoints.begin(); later != endpoints.end(); ++later) {
    const auto& path = later->spec.path;
    const auto place = "endpoint \"" + path + '"';
    const auto earlier =
        std::find_if(endpoints.begin(), later, [&](const auto& each) {
          fields ignored;
          return path == later->path.prefix()
                 && each.path.match_whole(path, ignored);
        });
    if (earlier != later)
      result.push_back(place + ": no client comes here, because the endpoint \""
                       + earlier->spec.path + "\" before it takes them all");
    add_unreachable(*later->routes, later->routes->root(), place, result);
  }
  return result;
}

} // namespace stagedoor
