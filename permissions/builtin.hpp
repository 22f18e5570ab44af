#pragma once

#include "stagedoor/permissions/permission.hpp"

namespace stagedoor {

/// Allows every message.
permission allow_any();

/// Denies every message.
permission deny_all();

/// Allows messages of users who are logged in.
permission is_authenticated();

/// Allows only users who are logged in to connect, and their messages.
permission is_authenticated_strictly();

} // namespace stagedoor
