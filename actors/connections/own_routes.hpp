#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <optional>
#include <string_view>

namespace stagedoor {

// The routes that a connection handles itself, whatever the endpoint's own
// routes are.

/// Refreshes the credentials of the connection, see credential_watch.hpp.
inline constexpr std::string_view auth_route = "$auth/";

/// Goes on in groups with a history, see resume_orders.hpp.
inline constexpr std::string_view groups_route = "$groups/";

/// Says what is allowed, see can_questions.hpp.
inline constexpr std::string_view can_route = "$can/";

/// Whether a connection handles the messages for a route itself. Nothing is
/// below its routes, but that is for it to say.
inline bool is_own_route(std::string_view route) {
  return route.starts_with('$')
         && (route.starts_with(auth_route) || route.starts_with(can_route)
             || route.starts_with(groups_route));
}

/// Whether a message for such a route has another route or another action than
/// there is, or a key that none of these actions takes.
/// @returns its answer then.
[[nodiscard]] std::optional<reply> refuse_other(const client_message& message);

} // namespace stagedoor
