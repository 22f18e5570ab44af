#include "stagedoor/actors/connections/idle_watch.hpp"

#include <algorithm>
#include <chrono>

namespace stagedoor {

void idle_watch::start() {
  core_.home().arm(deadline_, core_.bounds().ping_interval);
  reading_since_ = core_.home().now();
}

bool idle_watch::is_idle() {
  const auto& bounds = core_.bounds();
  if (!is_reading_) {
    core_.home().arm(deadline_, bounds.ping_interval);
    return false;
  }
  const auto reading_for = std::chrono::duration_cast<limits::duration>(
      core_.home().now() - reading_since_);
  const auto silence = std::min(core_.socket().silence(), reading_for);
  if (silence >= bounds.idle_timeout)
    return true;
  auto next = bounds.ping_interval;
  if (silence >= next) {
    // Without an answer to the last ping, the silence is a whole interval
    // longer. The kernel counts it in steps, so half of that tells.
    const auto now = core_.home().now();
    const auto since_ping =
        std::chrono::duration_cast<limits::duration>(now - pinged_at_);
    if (silence < since_ping + bounds.ping_interval / 2) {
      core_.socket().ping();
      pinged_at_ = now;
    }
    // Who answers is pinged again in time: a proxy may be less patient.
    next = std::min(silence + bounds.ping_interval, bounds.idle_timeout);
  }
  core_.home().arm(deadline_, next - silence);
  return false;
}

} // namespace stagedoor
