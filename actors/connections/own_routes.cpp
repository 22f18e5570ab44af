#include "stagedoor/actors/connections/own_routes.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

std::optional<reply> refuse_other(const client_message& message) {
  const auto& head = message.head;
  const auto path =
      std::string_view{head.route}.substr(0, head.route.find('?'));
  const auto only_action = path == auth_route     ? "refresh"
                           : path == can_route    ? "check"
                           : path == groups_route ? "resume"
                                                  : "";
  if (*only_action == '\0')
    return to_reply(errc::route_not_found);
  if (*head.action != only_action)
    return to_reply(errc::action_not_allowed, *head.action);
  if (message.once)
    return reject(
        {{"once", json::array{"This action does not keep its answers."}}});
  return std::nullopt;
}

} // namespace stagedoor
