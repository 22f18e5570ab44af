#include "stagedoor/actors/handlers/handler.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/handlers/preparing.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

handler_actor::behavior_type handler_state::start(handler_setup setup) {
  setup_ = std::move(setup);
  pool_ = setup_.pool;
  const auto& handler = route().handler;
  const auto is_mounted = !handler->mounted.empty();
  const auto has_hooks = handler->on_open || handler->on_close;
  home_.emplace(handler, setup_.routers, self_->home().index());
  // For a runner on the first unit, that unit's handler runs the hooks.
  runners_.emplace(
      self_,
      runner_setup{setup_.shared, handler, setup_.groups, setup_.first_groups},
      has_hooks && !is_mounted && !home_->of_server(),
      key_setup{route().keyed_states,
                key_prefix(setup_.endpoint, route().patterns),
                [this](auto& held, auto& answer) { go_on(held, answer); }});
  messages_.emplace(self_, setup_.shared, route(), setup_.endpoint,
                    setup_.groups);
  gate_.emplace(self_, *messages_, *handler, setup_.shared);
  subscriptions_.emplace(
      self_, subscription_hub_setup{setup_.shared, setup_.routes, setup_.route,
                                    setup_.pool, setup_.groups});
  if (is_mounted)
    forwarder_.emplace(self_, *messages_,
                       forwarder_setup{setup_.shared, handler, handler->mounted,
                                       placement::fewest_waiting, false});
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
      [this](run_atom, permitted_request& permitted) {
        return self_->answer_message<reply>(run_atom_v, permitted);
      },
      [this](connection_opened& connection) { opened(connection); },
      [this](answer_atom, std::uint64_t id, preparation& result) {
        loaded(id, result);
      },
      [this](answer_atom, std::uint64_t id, reply& result) {
        finish_action(id, std::move(result));
      },
      [this](caf::open_atom, const reply& answer) {
        runners_->begun(self_->current_sender(), answer);
      },
      [this](caf::close_atom) { runners_->end(self_->current_sender()); },
      [this](drain_atom) { runners_->end_all(); },
      [this](expired_atom, caf::close_atom, std::uint64_t number) {
        runners_->expire(number);
      },
      [this](expired_atom, std::uint64_t id) { messages_->expire(id); },
  };
}

// -- permissions --------------------------------------------------------------

void handler_state::ask_permissions(request& message, bool matched,
                                    answer_promise<reply>&& promise) {
  auto added = messages_->add(message, std::move(promise));
  auto id = added.id;
  auto& pending = added.request;
  messages_->begin(pending, matched);
  // Unmatched: the endpoint's permissions, as for an unknown action.
  pending.guard(matched ? route().guard_of(pending.message().action())
                        : route().guard);
  if (pending.is_allowed_unasked()) {
    messages_->count_unasked(pending.message());
    permitted(id, pending, matched);
    return;
  }
  messages_->arm(id, pending, setup_.shared->limits.permission_timeout);
  self_
      ->ask(pool_,
            permission_check{question::has_permission, pending.evaluation()})
      .then(
          [this, id, matched](const decision& result) {
            if (auto* asked =
                    messages_->admit(id, question::has_permission, result))
              permitted(id, *asked, matched);
          },
          failing(id));
}

void handler_state::permitted(std::uint64_t id, pending_message& pending,
                              bool matched) {
  if (matched)
    start_action(id, pending);
  else
    messages_->finish(id, to_reply(errc::route_not_found));
}

// -- the action ---------------------------------------------------------------

void handler_state::start_action(std::uint64_t id, pending_message& pending) {
  const auto& message = pending.message();
  if (is_orphaned(message)) {
    messages_->finish(id, to_reply(errc::unavailable));
    return;
  }
  const auto* found = definition().find_action(message.action());
  if (found == nullptr) {
    messages_->finish(id, to_reply(errc::action_not_allowed, message.action()));
    return;
  }
  const auto& action = *found;
  pending.begin(action);
  if (message.only_asks()) {
    decide_only(id, pending);
    return;
  }
  if (message.once() != nullptr && gate_->refuses(id, pending))
    return;
  if (action.concurrent && !messages_->begin_concurrent(id, pending))
    return;
  pending.begin_time_of_action();
  if (!definition().answers_at_once(action))
    messages_->arm(id, pending, setup_.shared->limits.action_timeout);
  if (!forwarder_ && definition().needs_runner(action))
    if (auto there = home_->of(message)) {
      send_to_unit(id, pending, there);
      return;
    }
  claim(id, pending);
}

/// Goes on with a permitted message on the unit where it runs, if its key lets
/// it.
void handler_state::claim(std::uint64_t id, pending_message& pending) {
  if (pending.has_key() && gate_->holds(id, pending, [this, id](auto& freed) {
        claim(id, freed);
      }))
    return;
  if (forwarder_)
    forwarder_->begin(id, pending);
  else
    begin(id, pending);
}

/// Goes on with a permitted message that only asks: on the unit of the state,
/// whether or not the loader takes that, as loaders may share data with
/// actions.
void handler_state::decide_only(std::uint64_t id, pending_message& pending) {
  if (!pending.action()->takes_object) {
    run(id, pending);
    return;
  }
  messages_->arm(id, pending, setup_.shared->limits.action_timeout);
  const auto runs_here = !definition().loader->needs_runner();
  if (auto there = runs_here ? router_actor{} : home_->of(pending.message()))
    send_to_unit(id, pending, there);
  else
    begin(id, pending);
}

void handler_state::begin(std::uint64_t id, pending_message& pending) {
  const auto& action = *pending.action();
  const auto is_stateless =
      pending.message().only_asks() && !definition().loader->takes_state;
  if (!is_stateless && definition().needs_connection(action))
    runners_->introduce(pending.message());
  if (action.takes_object)
    load_object(id, pending);
  else
    run(id, pending);
}

// -- other units, for handlers that live for the server or by key -------------

void handler_state::send_to_unit(std::uint64_t id, pending_message& pending,
                                 const router_actor& there) {
  if (pending.has_key())
    pending.tell_only_client(); // The other unit sees to that.
  self_
      ->request(there, caf::infinite, run_atom_v, std::uint64_t{setup_.route},
                pending.hand_over())
      .then(finishing(id),
            [this, id](const caf::error& error) { lost_on_unit(id, error); });
}

/// A unit that ends before the others do takes along what it had from them.
void handler_state::lost_on_unit(std::uint64_t id, const caf::error& error) {
  auto* pending = messages_->find(id);
  if (pending != nullptr && pending->message().data().relayed
      && reason_of(error) == errc::unavailable)
    messages_->give_back(id);
  else
    messages_->fail(id, error);
}

/// Goes on with a message that another unit has permitted.
void handler_state::run_permitted(permitted_request& permitted,
                                  answer_promise<reply>&& promise) {
  auto i = definition().actions.find(permitted.what.action());
  if (i == definition().actions.end()) {
    promise.deliver(
        to_reply(errc::action_not_allowed, permitted.what.action()));
    return;
  }
  if (is_orphaned(permitted.what)) {
    promise.deliver(to_reply(errc::unavailable));
    return;
  }
  auto [id, pending] = messages_->add(permitted.what, std::move(promise));
  pending.resume(std::move(permitted.guard), i->second);
  messages_->arm(id, pending, setup_.shared->limits.action_timeout);
  claim(id, pending);
}

// -- the object of the action -------------------------------------------------

void handler_state::load_object(std::uint64_t id, pending_message& pending) {
  auto as_json = pending.asks_about_object();
  const auto& loader = *definition().loader;
  if (loader.begin) {
    pending.enter(message_stage::loading);
    begin_preparation(
        route().handler, *pending.action(), pending.message(), as_json,
        setup_.shared->log,
        [me = caf::actor_cast<handler_actor>(self_), id](preparation found) {
          caf::anon_send(me, answer_atom_v, id, std::move(found));
        });
  } else if (loader.blocking) {
    messages_->load_on_worker(id, pending);
  } else if (pending.message().only_asks() && !loader.takes_state) {
    auto found = prepare_action(definition(), *pending.action(),
                                invocation{pending.message()}, as_json,
                                *setup_.shared->log);
    loaded(id, found);
  } else if (auto runner =
                 pass_to_runner(id, pending, message_stage::loading)) {
    self_->ask(runner, prepare_atom_v, pending.message(), as_json)
        .then([this, id](preparation& result) { loaded(id, result); },
              failing(id));
  }
}

void handler_state::loaded(std::uint64_t id, preparation& result) {
  auto* pending = messages_->find(id);
  if (pending == nullptr)
    return; // Too late.
  // The death of the runner would lose nothing now.
  pending->enter(message_stage::asking_about_object);
  if (!result.object.value) {
    messages_->finish(id, std::move(result.refusal));
    return;
  }
  pending->keep_object(std::move(result.object));
  if (!pending->asks_about_object()) {
    run(id, *pending);
    return;
  }
  const auto& evaluation = pending->evaluation();
  evaluation->set_object(std::move(result.as_json));
  self_
      ->ask(pool_,
            permission_check{question::has_object_permission, evaluation})
      .then(
          [this, id](const decision& answer) { decided_on_object(id, answer); },
          failing(id));
}

void handler_state::decided_on_object(std::uint64_t id,
                                      const decision& result) {
  if (auto* pending =
          messages_->admit(id, question::has_object_permission, result))
    run(id, *pending);
}

// -- the run of the action ----------------------------------------------------

void handler_state::run(std::uint64_t id, pending_message& pending) {
  if (pending.message().only_asks()) {
    messages_->finish(id, ok(true));
    return;
  }
  const auto& action = pending.run();
  if (action.blocking) {
    messages_->run_on_worker(id, pending);
    return;
  }
  const auto finish = [this, id](reply& result) {
    finish_action(id, std::move(result));
  };
  if (!definition().runs_on_runner(action)) {
    messages_->begun(id);
    finish_action(id, run_action(definition(), action, pending.message(),
                                 pending.object(), *setup_.shared->notifier,
                                 *setup_.shared->log));
  } else if (auto runner = pass_to_runner(id, pending, message_stage::running);
             runner && action.takes_object) {
    self_->ask(runner, pending.message(), pending.object())
        .then(finish, failing(id));
  } else if (runner) {
    self_->ask(runner, pending.message()).then(finish, failing(id));
  }
}

/// Answers a message whose action has run. If its success changes a
/// subscription, the subscription hub has the last word.
void handler_state::finish_action(std::uint64_t id, reply&& result) {
  auto* pending = messages_->find(id);
  if (pending == nullptr || !pending->action()->subscription
      || result.status >= 400) {
    messages_->finish(id, std::move(result));
    return;
  }
  const auto& hub = subscriptions_->hub();
  pending->enter(message_stage::running, hub.address());
  self_
      ->request(hub, caf::infinite, pending->message(), pending->object(),
                std::move(result))
      .then(finishing(id), failing(id));
}

/// @returns the runner that the message goes to; null if there is none, and the
///          message has been answered or waits for the next one.
role<runner_actor> handler_state::pass_to_runner(std::uint64_t id,
                                                 pending_message& pending,
                                                 message_stage next) {
  auto runner = runners_->runner_for(pending.message());
  if (runner) {
    pending.enter(next, runner.handle().address());
    if (next == message_stage::running)
      messages_->begun(id);
  } else if (!runners_->hold(id, pending.message()))
    messages_->finish(id, to_reply(errc::unavailable));
  return runner;
}

// -- connections and deaths ---------------------------------------------------

void handler_state::opened(connection_opened& connection) {
  if (auto there = home_->of_server())
    self_->send(there, std::move(connection));
  else if (runners_->runner_for(connection))
    runners_->introduce(connection);
}

void handler_state::actor_died(const caf::down_msg& down) {
  if (auto connection_id = runners_->connection_died(down.source)) {
    messages_->connection_died(*connection_id);
    return;
  }
  if (forwarder_) {
    forwarder_->replica_died(down);
    return;
  }
  std::vector<std::uint64_t> held;
  if (!subscriptions_->hub_died(down))
    held = runners_->runner_died(down);
  messages_->holder_died(down);
  // What it was at gets 500; what it had not begun has been bounced to us, or
  // is about to be: whichever comes first answers.
  for (auto id : messages_->held_by(down.source))
    messages_->finish(id, to_reply(errc::server_error));
  go_on(held, ok());
}

/// Goes on with messages that have waited for the state of their key.
/// @param answer why there is none, if it is a failure.
void handler_state::go_on(const std::vector<std::uint64_t>& held,
                          const reply& answer) {
  for (auto id : held)
    if (auto* pending = messages_->find(id); answer.status >= 400)
      messages_->finish(id, reply{answer});
    else if (pending != nullptr && is_orphaned(pending->message()))
      messages_->finish(id, to_reply(errc::unavailable));
    else if (pending != nullptr)
      begin(id, *pending);
}

handler_actor::behavior_type route_handler(handler_state::pointer self,
                                           handler_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
