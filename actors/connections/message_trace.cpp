#include "stagedoor/actors/connections/message_trace.hpp"

#include "stagedoor/protocol/json/json.hpp"

#include <spdlog/spdlog.h>

#include <string>

namespace stagedoor {

void write_trace(const connection_core& core, const message_head& head,
                 std::uint16_t status, std::size_t bytes) {
  const auto what = status == 0 ? "message" : "reply " + std::to_string(status);
  core.setup.shared->log->trace(
      "connection {}: {}, action {}, route {}, {} bytes", core.setup.id, what,
      to_json_string(head.action.value_or("")),
      to_json_string(head.route.substr(0, head.route.find('?'))), bytes);
}

void log_end(const connection_core& core, const scope& scope,
             const transport_ended& event, std::uint64_t messages,
             std::uint64_t dropped) {
  core.setup.shared->log->info(
      "connection {}: {} {} user={} closed {} after {} messages, {} pushes "
      "dropped: {}",
      core.setup.id, scope.peer, to_json(json::value(json::string(scope.path))),
      to_json(scope.user.id), static_cast<unsigned>(event.code), messages,
      dropped, event.reason);
}

} // namespace stagedoor
