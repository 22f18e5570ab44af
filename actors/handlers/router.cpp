#include "stagedoor/actors/handlers/router.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/handlers/relay.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

router_state::~router_state() {
  for (auto* slots : {&handlers_, &relays_})
    for (auto& slot : *slots)
      if (slot.actor())
        caf::anon_send_exit(slot.actor().handle(),
                            caf::exit_reason::user_shutdown);
}

router_actor::behavior_type router_state::start(router_setup setup) {
  setup_ = std::move(setup);
  handlers_.resize(setup_.routes->all().size());
  relays_.resize(setup_.routes->all().size());
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { handler_died(down); });
  self_->open_line(*this);
  return {
      [this](request_draft& message) {
        return self_->answer_message<reply>(message);
      },
      [this](connection_opened& connection) { opened(connection); },
      [this](run_atom, std::uint64_t index, permitted_request& permitted) {
        return run(index, permitted);
      },
      [this](const std::vector<caf::actor>& routers) {
        for (const auto& each : routers)
          routers_.push_back(caf::actor_cast<router_actor>(each));
      },
      [this](drain_atom) {
        is_ending_ = true;
        for (const auto& slot : handlers_)
          if (slot.actor())
            self_->send(slot.actor().handle(), drain_atom_v);
      },
  };
}

/// Matches the route of a message, and passes it on.
void router_state::answer(request_draft& message,
                          answer_promise<reply> promise) {
  const auto* found =
      setup_.routes->match(message->message.head.route, message->captures);
  const auto& route = found != nullptr ? *found : setup_.routes->root();
  const auto& chosen =
      is_here(route, *message) ? handler_of(route) : relay_of(route);
  if (!chosen) {
    auto refusal = to_reply(errc::unavailable);
    if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home());
        metrics != nullptr && !message->only_asks)
      metrics->count_unhandled(setup_.endpoint, refusal.status);
    promise.deliver(std::move(refusal));
    return;
  }
  request routed{std::move(message)};
  if (found != nullptr)
    self_->pass_on(std::move(promise), chosen, std::move(routed));
  else
    self_->pass_on(std::move(promise), chosen, unmatched_atom_v,
                   std::move(routed));
}

caf::result<reply> router_state::run(std::uint64_t index,
                                     permitted_request& permitted) {
  if (const auto& chosen = handler_of(setup_.routes->all().at(index)))
    return self_->delegate(chosen.handle(), run_atom_v, std::move(permitted));
  return to_reply(errc::unavailable);
}

void router_state::opened(connection_opened& connection) {
  const auto& root = setup_.routes->root();
  if (const auto& chosen =
          setup_.runs_handlers ? handler_of(root) : relay_of(root))
    self_->send(chosen.handle(), std::move(connection));
}

void router_state::handler_died(const caf::down_msg& down) {
  for (auto* slots : {&handlers_, &relays_})
    for (std::size_t i = 0; i < slots->size(); ++i)
      if (auto& slot = (*slots)[i];
          slot.actor() && slot.actor().handle().address() == down.source) {
        setup_.shared->log->error(
            "unit {}: handler \"{}\" died: {}", self_->home().index(),
            setup_.routes->all()[i].handler->name, text_of(down.reason));
        slot.died(self_->home().now());
      }
}

/// Whether the handler of a message is one of this node.
bool router_state::is_here(const compiled_route& route,
                           const request_data& message) const {
  const auto& keys = setup_.shared->keys;
  const auto& lifetime = route.handler->lifetime;
  if (!setup_.runs_handlers || !keys || !lifetime.is_in_cluster())
    return setup_.runs_handlers;
  // The node of the client looks for the node that has the state of the key.
  if (!message.relayed)
    return false;
  const auto* key = find_field(message.captures, lifetime.capture());
  const auto holder = keys->place_of(key_prefix(setup_.endpoint, route.patterns)
                                     + (key ? *key : ""));
  return holder.empty() || holder == keys->own();
}

const role<handler_actor>&
router_state::handler_of(const compiled_route& route) {
  return handlers_[route.index].acquire(self_->home().now(), [&] {
    auto spawned = self_->home().spawn(
        route_handler, handler_setup{setup_.shared, setup_.routes, route.index,
                                     setup_.pool, setup_.groups, routers_,
                                     setup_.endpoint, setup_.first_groups});
    caf_api::monitor(*self_, spawned);
    if (is_ending_)
      self_->send(spawned, drain_atom_v);
    return spawned;
  });
}

const role<handler_actor>& router_state::relay_of(const compiled_route& route) {
  return relays_[route.index].acquire(self_->home().now(), [&] {
    auto spawned = self_->home().spawn(
        relay, relay_setup{setup_.shared, setup_.routes, route.index,
                           setup_.groups, setup_.nodes, setup_.endpoint});
    caf_api::monitor(*self_, spawned);
    return spawned;
  });
}

router_actor::behavior_type router(router_state::pointer self,
                                   router_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
