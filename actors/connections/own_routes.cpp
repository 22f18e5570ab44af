#include "stagedoor/actors/connections/own_routes.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

std::optional<reply> refuse_other(const message_head& head) {
  const auto path =
      std::string_view{head.route}.substr(0, head.route.find('?'));
  if (path != auth_route && path != can_route)
    return to_reply(errc::route_not_found);
  if (*head.action != (path == auth_route ? "refresh" : "check"))
    return to_reply(errc::action_not_allowed, *head.action);
  return std::nullopt;
}

} // namespace stagedoor
