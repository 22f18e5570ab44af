#include "stagedoor/actors/units/queued_sends.hpp"

#include "stagedoor/actors/units/loop_errors.hpp"
#include "stagedoor/protocol/assert.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace stagedoor {

bool queued_sends::tell() {
  STAGEDOOR_ASSERT(!are_open());
  if (taken_.empty())
    return false;
  // One that is told may have others forgotten.
  for (const auto& each : taken_) {
    if (each.socket == nullptr)
      continue;
    if (each.result >= 0)
      each.socket->sent(static_cast<std::size_t>(each.result), {});
    else if (each.result == -EAGAIN || each.result == -EINTR)
      each.socket->sent(0, {});
    else
      each.socket->sent(0, system_error(-each.result));
  }
  taken_.clear();
  return true;
}

void queued_sends::forget(const loop_entry& socket) {
  const auto is_of_it = [&](const item& each) {
    return each.socket == &socket;
  };
  for (const auto& each : waiting_)
    if (is_of_it(each))
      send(each.handle, each.bytes.data(), each.bytes.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
  std::erase_if(waiting_, is_of_it);
  for (auto& each : taken_)
    if (is_of_it(each))
      each.socket = nullptr;
}

} // namespace stagedoor
