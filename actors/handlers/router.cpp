#include "stagedoor/actors/handlers/router.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/actors/handlers/relay.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

router_state::~router_state() {
  for (auto& slot : handlers_)
    if (slot.handle())
      caf::anon_send_exit(slot.handle(), caf::exit_reason::user_shutdown);
}

router_actor::behavior_type router_state::start(router_setup setup) {
  setup_ = std::move(setup);
  handlers_.resize(setup_.routes->all().size());
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { handler_died(down); });
  return {
      [this](request_data& message) { return route(message); },
      [this](const request& message) { return route_relayed(message); },
      [this](connection_opened& connection) { opened(connection); },
      [this](run_atom, std::uint64_t index, permitted_request& permitted) {
        return run(index, permitted);
      },
      [this](const std::vector<caf::actor>& routers) {
        for (const auto& each : routers)
          routers_.push_back(caf::actor_cast<router_actor>(each));
      },
  };
}

caf::result<reply> router_state::route(request_data& message) {
  const auto* found =
      setup_.routes->match(message.message.head.route, message.captures);
  auto chosen = handler_of(found != nullptr ? *found : setup_.routes->root());
  if (!chosen) {
    auto answer = to_reply(errc::unavailable);
    if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
      metrics->count_unhandled(setup_.endpoint, answer.status);
    return answer;
  }
  request matched{std::move(message)};
  if (found == nullptr)
    return self_->delegate(chosen, unmatched_atom_v, std::move(matched));
  return self_->delegate(chosen, std::move(matched));
}

caf::result<reply> router_state::route_relayed(const request& message) {
  auto data = message.data();
  data.captures.clear();
  data.relayed = true;
  return route(data);
}

caf::result<reply> router_state::run(std::uint64_t index,
                                     permitted_request& permitted) {
  if (auto chosen = handler_of(setup_.routes->all().at(index)))
    return self_->delegate(chosen, run_atom_v, std::move(permitted));
  return to_reply(errc::unavailable);
}

void router_state::opened(connection_opened& connection) {
  if (auto root = handler_of(setup_.routes->root()))
    self_->send(root, std::move(connection));
}

void router_state::handler_died(const caf::down_msg& down) {
  for (std::size_t i = 0; i < handlers_.size(); ++i)
    if (handlers_[i].handle()
        && handlers_[i].handle().address() == down.source) {
      setup_.shared->log->error(
          "unit {}: handler \"{}\" died: {}", self_->home().index(),
          setup_.routes->all()[i].handler->name, text_of(down.reason));
      handlers_[i].died(self_->home().now());
    }
}

handler_actor router_state::handler_of(const compiled_route& route) {
  return handlers_[route.index].acquire(self_->home().now(), [&] {
    auto spawned = spawn_handler(route);
    caf_api::monitor(*self_, spawned);
    return spawned;
  });
}

handler_actor router_state::spawn_handler(const compiled_route& route) {
  auto& home = self_->home();
  if (!setup_.elsewhere.empty())
    return home.spawn(relay, relay_setup{setup_.shared, setup_.routes,
                                         route.index, setup_.groups,
                                         setup_.elsewhere, setup_.endpoint});
  return home.spawn(route_handler,
                    handler_setup{setup_.shared, setup_.routes, route.index,
                                  setup_.pool, setup_.groups, routers_,
                                  setup_.endpoint, setup_.first_groups});
}

router_actor::behavior_type router(router_state::pointer self,
                                   router_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
