#pragma once

#include <sys/resource.h>

#include <cstddef>

namespace stagedoor::bench {

/// Raises the number of files that this process may open to what it may raise
/// it to: a connection is one.
/// @returns that number.
inline std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

} // namespace stagedoor::bench
