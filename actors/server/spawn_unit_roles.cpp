#include "stagedoor/actors/server/spawn_unit_roles.hpp"

#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/actors/guards/authenticator_proxy.hpp"
#include "stagedoor/actors/guards/credential_checker.hpp"
#include "stagedoor/actors/guards/permission_pool.hpp"
#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include <utility>

namespace stagedoor {

std::string handlers_service(const runtime& shared,
                             const compiled_endpoint& endpoint) {
  return shared.server_name + ".handlers" + endpoint.spec.path;
}

unit_roles_ptr spawn_unit_roles(unit& home, const unit_roles_setup& setup,
                                const unit_roles* first) {
  auto result = std::make_shared<unit_roles>();
  result->authenticator =
      setup.authenticator.empty()
          ? home.spawn(credential_checker,
                       setup.users ? setup.users : no_users())
          : home.spawn(authenticator_proxy, setup.authenticator, setup.shared);
  result->pool = home.spawn(permission_pool, setup.shared);
  result->groups =
      home.spawn(group_hub, group_hub_setup{setup.shared, setup.endpoints});
  for (const auto& entry : *setup.endpoints) {
    router_setup of_router{setup.shared,
                           entry.routes,
                           result->pool,
                           result->groups,
                           {},
                           entry.spec.path,
                           first != nullptr ? first->groups : result->groups};
    if (!setup.runs_handlers)
      of_router.elsewhere = service(handlers_service(*setup.shared, entry));
    result->routers.push_back(home.spawn(router, std::move(of_router)));
  }
  return result;
}

std::vector<caf::actor>
connect_units(const std::vector<unit_roles_ptr>& roles) {
  std::vector<caf::actor> hubs;
  for (const auto& of_unit : roles)
    hubs.push_back(caf::actor_cast<caf::actor>(of_unit->groups));
  for (const auto& of_unit : roles)
    caf::anon_send(of_unit->groups, hubs);
  for (std::size_t i = 0; i < roles.front()->routers.size(); ++i) {
    std::vector<caf::actor> routers;
    for (const auto& of_unit : roles)
      routers.push_back(caf::actor_cast<caf::actor>(of_unit->routers[i]));
    for (const auto& of_unit : roles)
      caf::anon_send(of_unit->routers[i], routers);
  }
  return hubs;
}

} // namespace stagedoor
