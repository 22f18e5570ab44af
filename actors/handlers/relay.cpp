#include "stagedoor/actors/handlers/relay.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

namespace {

std::string keys_of(const relay_setup& setup) {
  const auto& route = setup.routes->all()[setup.route];
  return route.handler->lifetime.is_in_cluster()
             ? key_prefix(setup.endpoint, route.patterns)
             : std::string{};
}

} // namespace

handler_actor::behavior_type relay_state::start(relay_setup setup) {
  setup_ = std::move(setup);
  messages_.emplace(self_, setup_.shared, route(), setup_.endpoint,
                    setup_.groups);
  const auto& handler = route().handler;
  forwarder_.emplace(self_, *messages_,
                     forwarder_setup{setup_.shared, handler, setup_.elsewhere,
                                     handler->lifetime == lifetime::server
                                         ? placement::all_together
                                         : placement::by_connection,
                                     true, keys_of(setup_)});
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { actor_died(down); });
  self_->open_line(*this);
  return {
      [this](request& message) {
        return self_->answer_message<reply>(message);
      },
      [this](unmatched_atom, request& message) {
        return self_->answer_message<reply>(unmatched_atom_v, message);
      },
      [this](connection_opened& connection) { opened(connection); },
      [this](expired_atom, std::uint64_t id) {
        messages_->finish(id, to_reply(errc::timed_out));
      },
      // Nobody sends these.
      [this](run_atom, permitted_request& permitted) {
        return self_->answer_message<reply>(run_atom_v, permitted);
      },
      [](answer_atom, std::uint64_t, preparation&) {},
      [](answer_atom, std::uint64_t, reply&) {},
      [](caf::open_atom, const reply&) {},
      [](caf::close_atom) {},
      [](drain_atom) {},
      [](expired_atom, caf::close_atom, std::uint64_t) {},
  };
}

void relay_state::pass_on(request& message, bool matched,
                          answer_promise<reply>&& promise) {
  auto [id, pending] = messages_->add(message, std::move(promise));
  const auto& data = pending.message().data();
  messages_->count(pending, matched);
  if (is_orphaned(pending.message())) {
    // The other node would take its client for a new one.
    messages_->finish(id, to_reply(errc::unavailable));
    return;
  }
  const auto& bounds = setup_.shared->limits;
  messages_->arm(id, pending,
                 bounds.permission_timeout + bounds.action_timeout);
  const auto& actions = route().handler->actions;
  if (auto known = actions.find(pending.message().action());
      known != actions.end()) {
    pending.begin(known->second);
    if (pending.has_key())
      pending.tell_only_client(); // The other node sees to that.
    // Over that bound the other node refuses it, behind its permissions.
    if (known->second.concurrent && data.concurrent_allowed && !data.only_asks)
      pending.answer_interim();
  }
  forwarder_->send(id, pending);
}

void relay_state::opened(connection_opened& connection) {
  if (auto target = forwarder_->place(connection))
    self_->send(caf::actor_cast<request_answerer_actor>(target),
                std::move(connection));
}

void relay_state::actor_died(const caf::down_msg& down) {
  if (auto connection_id = forwarder_->connection_died(down.source))
    messages_->connection_died(*connection_id);
  else
    forwarder_->replica_died(down);
}

handler_actor::behavior_type relay(relay_state::pointer self,
                                   relay_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
