#include "stagedoor/actors/connections/outbox.hpp"

#include <algorithm>

namespace stagedoor {

void outbox::watch_stall() {
  bytes_taken_before_ = core_.socket().bytes_taken();
  core_.home().arm(
      stall_, std::min(core_.bounds().write_stall_timeout, stall_timeout_max_));
}

void outbox::limit_stall(limits::duration timeout) {
  stall_timeout_max_ = timeout;
  if (stall_.armed())
    watch_stall();
}

bool outbox::is_stalled() {
  if (!is_full())
    return false;
  if (core_.socket().bytes_taken() == bytes_taken_before_)
    return true;
  watch_stall();
  return false;
}

void outbox::count_drop(drop_reason reason, std::size_t count) {
  dropped_ += count;
  if (core_.metrics != nullptr)
    core_.metrics->count_drop(reason, count);
}

} // namespace stagedoor
