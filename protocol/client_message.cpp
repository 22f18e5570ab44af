#include "stagedoor/protocol/client_message.hpp"

#include <utility>

namespace stagedoor {

namespace {

/// Takes a control key out of the body: what stays are the arguments, in the
/// order in which the client sent them.
std::optional<json::value> take(json::object& body, std::string_view key) {
  const auto found = body.find(key);
  if (found == body.end())
    return std::nullopt;
  std::optional<json::value> result(std::move(found->value()));
  body.stable_erase(found);
  return result;
}

bool is_valid_request_id(const json::value& id, const limits& limits) {
  switch (id.kind()) {
  case json::kind::string:
    return id.get_string().size() <= limits.request_id_bytes_max;
  case json::kind::int64:
  case json::kind::uint64:
  case json::kind::null:
    return true;
  default:
    return false;
  }
}

bool is_valid_route(const json::value& route, const limits& limits) {
  return route.is_string()
         && route.get_string().size() <= limits.route_bytes_max;
}

} // namespace

decoded_message decode_message(std::string_view payload, frame_type type,
                               const limits& limits) {
  decoded_message result;
  result.error = errc::malformed_message;
  if (type != frame_type::text)
    return result;
  auto parsed = parse_json(payload, limits.json_depth_max);
  if (!parsed || !parsed->is_object())
    return result;
  auto& body = parsed->get_object();
  auto& head = result.message.head;

  // First of all, so that also the envelope of a malformed message echoes it.
  auto request_id = take(body, "request_id");
  const bool request_id_is_valid =
      !request_id || is_valid_request_id(*request_id, limits);
  if (request_id_is_valid)
    head.request_id = std::move(request_id);
  const auto route = take(body, "route");
  const auto action = take(body, "action");
  if (!request_id_is_valid || (route && !is_valid_route(*route, limits))
      || (action && !action->is_string() && !action->is_null()))
    return result;

  if (route)
    head.route = route->get_string();
  if (action && action->is_string())
    head.action = std::string(action->get_string());
  result.error = head.action ? errc::none : errc::action_missing;
  result.message.arguments = std::move(body);
  return result;
}

} // namespace stagedoor
