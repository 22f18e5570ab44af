#include "stagedoor/actors/server/descriptor_limit.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"
#include "stagedoor/actors/server/server_limits.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

namespace stagedoor {

void raise_descriptor_limit(limits& bounds, spdlog::logger& log) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0)
    return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto kept = bounds.refusals_max + server_limits::descriptors_reserved
                    + operator_limits::admin_requests_max
                    + operator_limits::metrics_requests_max;
  const auto possible = files.rlim_cur > kept ? files.rlim_cur - kept : 1;
  if (possible >= bounds.connections_max)
    return;
  log.warn("only {} file descriptors (hard limit): limits.connections-max is "
           "{}, not {}",
           files.rlim_cur, possible, bounds.connections_max);
  bounds.connections_max = possible;
}

} // namespace stagedoor
