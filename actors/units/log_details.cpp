#include "stagedoor/actors/units/log_details.hpp"

#include "stagedoor/actors/units/log_limits.hpp"
#include "stagedoor/protocol/json/json.hpp"

namespace stagedoor {

std::string log_details(const request& message) {
  const auto& scope = message.scope();
  const auto& route = message.route();
  return "route " + to_json_string(route.substr(0, route.find('?')))
         + ", connection " + std::to_string(scope.connection_id) + ", user "
         + to_json(scope.user.id);
}

std::string quoted_name(std::string_view name) {
  return to_json_string(name.substr(0, log_limits::name_bytes_max));
}

} // namespace stagedoor
