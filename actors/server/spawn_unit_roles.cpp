#include "stagedoor/actors/server/spawn_unit_roles.hpp"

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/request_answerer.hpp"
#include "stagedoor/actors/description/group_rules.hpp"
#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/actors/groups/history_keeper.hpp"
#include "stagedoor/actors/guards/authenticator_proxy.hpp"
#include "stagedoor/actors/guards/credential_checker.hpp"
#include "stagedoor/actors/guards/permission_pool.hpp"
#include "stagedoor/actors/handlers/key_keeper.hpp"
#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/actors/keeping/once_keeper.hpp"
#include "stagedoor/actors/server/server_limits.hpp"
#include "stagedoor/actors/units/unit.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/scoped_actor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>

namespace stagedoor {

std::string handlers_service(const runtime& shared,
                             const compiled_endpoint& endpoint) {
  return shared.server_name + ".handlers" + endpoint.spec.path;
}

caf::error prepare_endpoints(const endpoint_table& all, const cluster* node) {
  if (node != nullptr && have_histories(all))
    return invalid_option("a group with a history needs a server that is no "
                          "node of a cluster");
  return node == nullptr || node->roles().handlers ? prepare_handlers(all)
                                                   : caf::error{};
}

/// Spawns the role that keeps the histories of all units, if a group has one.
static history_keeper_actor
spawn_history_keeper(unit& first, const unit_roles_setup& setup) {
  const auto open = open_histories(*setup.endpoints);
  for (const auto& pattern : open)
    setup.shared->log->warn("everybody can read the histories of the groups "
                            "\"{}\": their guard is allow_any()",
                            pattern);
  if (!have_histories(*setup.endpoints))
    return {};
  return first.spawn(history_keeper,
                     history_keeper_setup{setup.shared, setup.endpoints});
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
  result->histories =
      first != nullptr ? first->histories : spawn_history_keeper(home, setup);
  result->groups =
      home.spawn(group_hub, group_hub_setup{setup.shared, setup.endpoints,
                                            result->histories});
  for (const auto& entry : *setup.endpoints) {
    router_setup of_router{setup.shared,
                           entry.routes,
                           result->pool,
                           result->groups,
                           {},
                           entry.spec.path,
                           first != nullptr ? first->groups : result->groups,
                           setup.runs_handlers};
    if (setup.shared->cluster)
      of_router.nodes = service(handlers_service(*setup.shared, entry));
    result->routers.push_back(home.spawn(router, std::move(of_router)));
    if (setup.shared->cluster && setup.runs_handlers)
      result->answerers.push_back(
          home.spawn(request_answerer, result->routers.back()));
  }
  return result;
}

namespace {

/// Whether a route satisfies `pred`.
template <class Predicate>
bool has_route(const endpoint_table& all, Predicate pred) {
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    const auto& routes = entry.routes->all();
    return std::any_of(routes.begin(), routes.end(), pred);
  });
}

bool has_key_in_cluster(const compiled_route& route) {
  return route.handler->lifetime.is_in_cluster();
}

bool runs_exactly_once(const compiled_route& route) {
  const auto& actions = route.handler->actions;
  return std::any_of(actions.begin(), actions.end(), [](const auto& action) {
    return action.second.exactly_once;
  });
}

} // namespace

void spawn_keepers(unit& first, const std::shared_ptr<runtime>& shared,
                   const endpoint_table& all) {
  const auto& node = shared->cluster;
  if (node && !node->roles().handlers)
    return;
  if (node && has_route(all, has_key_in_cluster)) {
    auto board = std::make_shared<key_board>(node->name());
    board->keeper(first.spawn(key_keeper, key_keeper_setup{shared, board}));
    shared->keys = std::move(board);
  }
  if (has_route(all, runs_exactly_once)) {
    std::random_device random;
    const auto life = (std::uint64_t{random()} << 32U) | random();
    shared->once_keeper = caf::actor_cast<caf::actor>(first.spawn(
        once_keeper,
        once_keeper_setup{shared, node ? node->name() : std::string{}, life}));
  }
}

std::vector<std::pair<std::string, caf::actor>>
offers_of_keepers(const runtime& shared) {
  std::vector<std::pair<std::string, caf::actor>> result;
  if (shared.keys)
    result.emplace_back(shared.server_name + std::string(keys_service),
                        caf::actor_cast<caf::actor>(shared.keys->keeper()));
  if (shared.once_keeper)
    result.emplace_back(shared.server_name + std::string(once_service),
                        shared.once_keeper);
  return result;
}

void hand_over_keys(caf::actor_system& sys, const runtime& shared) {
  if (!shared.once_keeper)
    return;
  caf::scoped_actor self{sys};
  self->request(caf::actor_cast<once_keeper_actor>(shared.once_keeper),
                server_limits::farewell_timeout, caf::close_atom_v)
      .receive([](std::uint64_t) {}, [](const caf::error&) {});
}

void end_states(const std::vector<unit_roles_ptr>& roles,
                const endpoint_table& all, const runtime& shared) {
  using clock = std::chrono::steady_clock;
  std::vector<const compiled_route*> with_end;
  for (const auto& entry : all)
    for (const auto& route : entry.routes->all())
      if (route.handler->on_end)
        with_end.push_back(&route);
  if (with_end.empty())
    return;
  for (const auto& of_unit : roles)
    for (const auto& each : of_unit->routers)
      caf::anon_send(each, drain_atom_v);
  const auto has_states = [](const compiled_route* route) {
    return *route->keyed_states > 0;
  };
  // What the states owe is late after one `action_timeout`, and then `on_end`.
  const auto until = clock::now() + 2 * shared.limits.action_timeout;
  do
    std::this_thread::sleep_for(server_limits::look_interval);
  while (std::any_of(with_end.begin(), with_end.end(), has_states)
         && clock::now() < until);
}

void give_up_keys(caf::actor_system& sys, const runtime& shared) {
  if (!shared.keys)
    return;
  caf::scoped_actor self{sys};
  self->request(shared.keys->keeper(), server_limits::farewell_timeout,
                caf::close_atom_v)
      .receive([](std::uint64_t) {}, [](const caf::error&) {});
}

std::vector<caf::actor>
connect_units(const std::vector<unit_roles_ptr>& roles) {
  std::vector<caf::actor> hubs;
  hubs.reserve(roles.size());
  for (const auto& of_unit : roles)
    hubs.push_back(caf::actor_cast<caf::actor>(of_unit->groups));
  for (const auto& of_unit : roles)
    caf::anon_send(of_unit->groups, hubs);
  if (roles.front()->histories)
    caf::anon_send(roles.front()->histories, hubs);
  for (std::size_t i = 0; i < roles.front()->routers.size(); ++i) {
    std::vector<caf::actor> routers;
    routers.reserve(roles.size());
    for (const auto& of_unit : roles)
      routers.push_back(caf::actor_cast<caf::actor>(of_unit->routers[i]));
    for (const auto& of_unit : roles)
      caf::anon_send(of_unit->routers[i], routers);
  }
  return hubs;
}

} // namespace stagedoor
