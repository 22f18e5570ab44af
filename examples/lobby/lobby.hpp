#pragma once

#include <stagedoor/stagedoor.hpp>

/// Rooms in which users talk, one for each name below `rooms/`. Whoever enters
/// an empty room owns it, and may send others out of it.
stagedoor::endpoint_spec lobby();
