#include "stagedoor/actors/connections/opening_rules.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"
#include "stagedoor/protocol/websocket/request_target.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

answered refuse(refusal reason, const server_view& server, std::string why) {
  return {answer_of(reason, server.bounds.retry_after), std::move(why)};
}

/// Says what is wrong with the head of a request, for the log; nothing if it is
/// well formed. HTTP/1.1 wants exactly one `Host`, and HTTP/1.0 allows it.
std::string fault_of(const opening_request& request) {
  const auto hosts = header_values(request.headers, "host");
  if (hosts.size() > 1 || (hosts.empty() && request.version >= 11))
    return "not exactly one Host";
  if (!hosts.empty() && !is_host(hosts.front()))
    return "a Host that is no host";
  if (has_two_authorizations(request.headers))
    return "two different lines Authorization";
  return {};
}

/// A body has no place in a handshake: frames follow.
bool has_body(const opening_request& request) {
  const auto* length = find_field(request.headers, "content-length");
  return find_field(request.headers, "transfer-encoding") != nullptr
         || (length != nullptr && *length != "0");
}

constexpr std::string_view healthz = "/healthz";
constexpr std::string_view readyz = "/readyz";

/// A text of the client as the log shows it: cut off, and in printable ASCII.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t bytes_max = 200;
  std::string result = "\"";
  for (const char c : text.substr(0, bytes_max))
    result += c < ' ' || c > '~' || c == '"' ? '?' : c;
  return result + (text.size() > bytes_max ? "…\"" : "\"");
}

std::string_view host_of(const fields& headers) {
  const auto hosts = header_values(headers, "host");
  return hosts.empty() ? std::string_view{} : hosts.front();
}

void set_host(fields& headers, std::string_view host) {
  for (auto& [name, value] : headers)
    if (name == "host")
      value = host;
}

/// What `/healthz` says: that the server is there and, on a node of a cluster,
/// whom the node sees.
std::string health_of(const cluster* node) {
  json::object result{{"status", "ok"}};
  if (node == nullptr)
    return to_json(result);
  result["node"] = node->name();
  json::array others;
  for (const auto& peer : node->peers()) {
    json::array roles;
    if (peer.roles.front)
      roles.emplace_back("front");
    if (peer.roles.handlers)
      roles.emplace_back("handlers");
    others.push_back(json::object{{"name", peer.name},
                                  {"address", peer.address},
                                  {"roles", std::move(roles)},
                                  {"up", peer.is_up}});
  }
  result["nodes"] = std::move(others);
  return to_json(result);
}

http_answer readiness_answer(const std::string& now) {
  return {
      now == "ready" ? 200U : 503U, {}, to_json(json::object{{"status", now}})};
}

/// Health checks: for load balancers, so they come before every limit, and in
/// each form that load balancers use.
std::optional<http_answer> answer_health(const opening_request& request,
                                         const std::string& path,
                                         const server_view& server) {
  if (request.method != "GET" && request.method != "HEAD"
      && request.method != "OPTIONS")
    return std::nullopt;
  if (path == healthz)
    return http_answer{200, {}, health_of(server.node)};
  if (path == readyz)
    return readiness_answer(server.ready.now());
  return std::nullopt;
}

/// Pages: for requests to upgrade a path belongs to its endpoint.
std::optional<http_answer> answer_page(const opening_request& request,
                                       const std::string& path,
                                       const web_pages& pages) {
  if (request.method != "GET" && request.method != "HEAD")
    return std::nullopt;
  const auto found = pages.find(path);
  if (found == pages.end()
      || list_has_token(request.headers, "upgrade", "websocket"))
    return std::nullopt;
  return answer_of(found->second);
}

bool is_served(const opening_request& request, const std::string& path,
               const server_view& server) {
  fields ignored;
  const auto is_plain =
      !list_has_token(request.headers, "upgrade", "websocket");
  return (is_plain
          && (path == healthz || path == readyz || server.pages.contains(path)))
         || std::any_of(server.endpoints.begin(), server.endpoints.end(),
                        [&](const auto& candidate) {
                          return candidate.path.match_whole(path, ignored);
                        });
}

/// The path that the client may have meant: with a slash at its end, or without
/// one; empty if the server has none of these.
std::string meant_by(const opening_request& request, const std::string& path,
                     const server_view& server) {
  const auto bare = path.substr(0, path.find_last_not_of('/') + 1);
  for (const auto& candidate : {bare, bare + '/'})
    if (candidate != path && is_served(request, candidate, server))
      return candidate;
  return {};
}

answered refuse_path(const opening_request& request, const std::string& path,
                     const server_view& server) {
  const auto meant = meant_by(request, path, server);
  if (meant.empty())
    return refuse(refusal::not_found, server, "no such endpoint");
  return {answer_of(404U, "Not found, but " + meant + " exists", "not_found"),
          "no such endpoint, but " + in_quotes(meant) + " exists"};
}

/// What the log says of an origin that is not allowed.
std::string why_not_allowed(const fields& headers, const std::string& path) {
  const auto where =
      ", host " + in_quotes(host_of(headers)) + ", path " + in_quotes(path);
  const auto origins = header_values(headers, "origin");
  if (origins.empty())
    return "origin not allowed: none" + where
           + "; the endpoint has .require_origin()";
  const auto& origin = origins.front();
  const auto result = "origin not allowed: " + in_quotes(origin) + where;
  if (origins.size() > 1)
    return result + "; it is not the only Origin";
  // What is no origin can be allowed only with all the others. Nobody shall be
  // led to that by what a client sends.
  if (!check_origin_entry(origin).empty()
      || origin.find('*') != std::string::npos)
    return result + "; it cannot be named";
  return result + "; to allow it, give the endpoint .origins({"
         + in_quotes(origin) + "})";
}

/// The subprotocol that every endpoint picks if it picks none of its own.
constexpr std::string_view built_in_subprotocol = "stagedoor";

std::string pick_subprotocol(const endpoint_spec& spec,
                             const std::vector<std::string>& offered) {
  const auto is_among = [](const std::vector<std::string>& names,
                           std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& name : offered)
    if (is_among(spec.subprotocols, name))
      return name;
  return std::string{is_among(offered, built_in_subprotocol)
                         ? built_in_subprotocol
                         : std::string_view{}};
}

/// Takes the credentials out of the headers and the scope, picks the
/// subprotocol, and notes what the client may not expect.
void take_credentials(fields& headers, admissible& out) {
  auto& scope = out.scope;
  const auto& spec = out.endpoint->spec;
  out.token =
      take_token(headers, scope.query, scope.cookies, spec.token_cookie);
  scope.subprotocols = parse_list(headers, "sec-websocket-protocol");
  scope.subprotocol = pick_subprotocol(spec, scope.subprotocols);
  if (out.token.basic_ignored)
    out.remarks.emplace_back(
        "Authorization with the scheme Basic is ignored, as it is a proxy's");
  if (!scope.subprotocol.empty())
    return;
  if (out.token.in_subprotocols)
    out.remarks.emplace_back("a token came as a subprotocol, and no offered "
                             "subprotocol can be picked, so most clients give "
                             "up; let them offer \"stagedoor\" beside it");
  else if (!scope.subprotocols.empty())
    out.remarks.emplace_back("no offered subprotocol can be picked, so most "
                             "clients give up; let them offer \"stagedoor\"");
}

} // namespace

std::variant<admissible, answered>
examine_opening(const opening_request& request, const server_view& server) {
  admissible result;
  auto& scope = result.scope;
  if (!parse_target(request.target, scope.path, scope.query))
    return refuse(refusal::bad_request, server, "malformed: its target");
  if (auto health = answer_health(request, scope.path, server))
    return answered{std::move(*health), {}};
  if (auto fault = fault_of(request); !fault.empty())
    return refuse(refusal::bad_request, server, "malformed: " + fault);
  if (request.version != 11)
    return refuse(refusal::bad_request, server, "not HTTP/1.1");
  if (server.ready.is_draining())
    return refuse(refusal::unavailable, server, "the server is draining");
  if (server.over_limit)
    return refuse(refusal::unavailable, server, "connection limit reached");
  if (auto page = answer_page(request, scope.path, server.pages))
    return answered{std::move(*page), {}};
  for (const auto& candidate : server.endpoints)
    if (candidate.path.match_whole(scope.path, scope.path_captures)) {
      result.endpoint = &candidate;
      break;
    }
  if (result.endpoint == nullptr)
    return refuse_path(request, scope.path, server);
  if (auto reason = check_upgrade(request))
    return refuse(*reason, server, "not a WebSocket handshake");
  if (has_body(request))
    return refuse(refusal::bad_request, server, "a handshake with a body");
  auto headers = request.headers;
  // RFC 9112, section 3.2.2: the host of the target counts.
  if (const auto host = authority_of(request.target); !host.empty())
    set_host(headers, host);
  const auto& policy = result.endpoint->spec.origin;
  if (!policy.allows(headers))
    return refuse(refusal::origin_not_allowed, server,
                  why_not_allowed(headers, scope.path));
  scope.cookies = parse_cookies(headers);
  take_credentials(headers, result);
  scope.headers = headers;
  return result;
}

http_answer answer_of(const decision& denial, limits::duration retry_after) {
  if (denial.answer == decision::verdict::error)
    // Late or gone: try again; else the permission is broken.
    return answer_of(denial.status == 503 || denial.status == 504
                         ? refusal::unavailable
                         : refusal::server_error,
                     retry_after);
  return answer_of(denial.status == 0 ? 403u : denial.status, denial.message,
                   denial.code);
}

} // namespace stagedoor
