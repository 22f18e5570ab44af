#include "stagedoor/actors/connections/restart_notice.hpp"

#include "stagedoor/protocol/json/json.hpp"

#include <random>

namespace stagedoor {

restart_notice::restart_notice(limits::duration window) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::uint32_t> jitter{
      0, static_cast<std::uint32_t>(window.count())};
  reconnect_after_ms_ = jitter(random);
}

event restart_notice::announcement() const {
  return {
      "server.draining", {{"reconnect_after_ms", reconnect_after_ms_}}, 503};
}

std::string restart_notice::reason() const {
  return std::string{announcement().data.view()};
}

} // namespace stagedoor
