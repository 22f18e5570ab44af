#include "stagedoor/actors/handlers/handler.hpp"

#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

handler_state::~handler_state() {
  for (auto& [id, pending] : pending_)
    if (pending.relayed && self_->home().is_ending())
      give_back(pending);
    else
      answer(pending, to_reply(errc::server_error));
  for (auto& [connection_id, slot] : runners_)
    if (slot.handle())
      caf::anon_send_exit(slot.handle(), caf::exit_reason::user_shutdown);
}

handler_actor::behavior_type handler_state::start(handler_setup setup) {
  setup_ = std::move(setup);
  if (!setup_.elsewhere.empty())
    targets_.emplace(setup_.elsewhere, setup_.shared->services);
  else if (!definition().mounted.empty())
    targets_.emplace(definition().mounted, setup_.shared->services);
  if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
    tallies_ = &metrics->messages(setup_.endpoint, route().patterns);
  self_->set_down_handler(
      [this](const caf::down_msg& down) { someone_died(down); });
  return {
      [this](request& message) { return guard(message, true); },
      [this](unmatched_atom, request& message) {
        return guard(message, false);
      },
      [this](run_atom, permitted_request& message) {
        return run_permitted(message);
      },
      [this](connection_opened& connection) { opened(connection); },
      [this](answer_atom, std::uint64_t id, preparation& result) {
        loaded(id, result);
      },
      [this](answer_atom, std::uint64_t id, reply& result) {
        finish(id, std::move(result));
      },
      [this](expired_atom, std::uint64_t id) { expire(id); },
  };
}

// -- the way of a message -----------------------------------------------------

caf::result<reply> handler_state::guard(request& message, bool matched) {
  if (!setup_.elsewhere.empty())
    return relay(message, matched);
  // Unmatched: the endpoint's permissions, as for an unknown action.
  auto list = matched ? route().guard_of(message.action()) : route().guard;
  auto id = add_pending(message);
  auto& pending = pending_.at(id);
  pending.guard = std::make_shared<evaluation>(list, pending.message);
  pending.guard->use_cache(true);
  pending.tallies = tallies_of(pending.message, matched);
  arm(pending, setup_.shared->limits.permission_timeout);
  self_
      ->request(setup_.pool, caf::infinite,
                permission_check{question::has_permission, pending.guard})
      .then([this, id,
             matched](const decision& result) { decided(id, matched, result); },
            [this, id](const caf::error& error) { fail(id, error); });
  return pending.promise;
}

void handler_state::decided(std::uint64_t id, bool matched,
                            const decision& result) {
  if (!admit(id, question::has_permission, result))
    return;
  if (matched)
    start_action(id);
  else
    finish(id, to_reply(errc::route_not_found));
}

/// Answers a message that is not allowed.
/// @returns whether it goes on.
bool handler_state::admit(std::uint64_t id, question asked,
                          const decision& result) {
  auto i = pending_.find(id);
  if (i == pending_.end())
    return false; // Too late: it has been answered.
  if (result.is_allowed())
    return true;
  if (result.answer == decision::verdict::error)
    setup_.shared->log->error("handler \"{}\": a permission failed: {}",
                              definition().name, result.reason);
  if (setup_.shared->denials)
    setup_.shared->denials->add(*i->second.guard, asked, result);
  finish(id, to_reply(result));
  return false;
}

void handler_state::start_action(std::uint64_t id) {
  auto& pending = pending_.at(id);
  const auto& message = pending.message;
  if (is_orphaned(message)) {
    finish(id, to_reply(errc::unavailable));
    return;
  }
  const auto* found = action_of(message.action());
  if (found == nullptr) {
    finish(id, to_reply(errc::action_not_allowed, message.action()));
    return;
  }
  const auto& action = *found;
  begin(pending, action);
  if (action.concurrent) {
    if (!message.data().concurrent_allowed) {
      // By then the oldest of them will have been answered, or timed out.
      auto wait = std::chrono::ceil<std::chrono::seconds>(
          setup_.shared->limits.action_timeout);
      finish(id, to_reply(errc::throttled, std::to_string(wait.count())));
      return;
    }
    if (!message.data().relayed)
      answer_interim(pending);
  }
  arm(pending, setup_.shared->limits.action_timeout);
  if (targets_) {
    pass_on(id);
    return;
  }
  if (action.concurrent || definition().on_open || definition().on_close
      || (definition().lifetime == lifetime::connection
          && needs_runner(action)))
    introduce({message.data().scope, message.data().connection});
  if (needs_runner(action) && runner_is_elsewhere())
    run_elsewhere(id);
  else if (action.takes_object)
    load_object(id);
  else
    run(id);
}

/// The entry of an action; null if there is none.
const action_definition*
handler_state::action_of(const std::string& action_name) const {
  static const action_definition undeclared;
  auto i = definition().actions.find(action_name);
  if (i != definition().actions.end())
    return &i->second;
  return definition().mounted.empty() ? nullptr : &undeclared;
}

/// Notes which action a message is for.
void handler_state::begin(pending_message& pending,
                          const action_definition& action) {
  pending.action = &action;
  if (pending.message.data().relayed)
    return; // The other node sees to the rest.
  pending.replies = action.replies;
  pending.broadcast = action.broadcast ? &*action.broadcast : nullptr;
}

/// The message frees its connection's queue; the reply follows.
void handler_state::answer_interim(pending_message& pending) {
  pending.promise.deliver(reply::interim());
  pending.is_late = true;
}

void handler_state::run_elsewhere(std::uint64_t id) {
  auto& pending = pending_.at(id);
  // What the permissions have answered goes along: that unit asks them on.
  pending.guard->use_cache(false);
  permitted_request permitted{pending.message, std::move(pending.guard)};
  self_
      ->request(setup_.primary, caf::infinite, run_atom_v,
                std::uint64_t{setup_.route}, std::move(permitted))
      .then(
          [this, id](reply& result) { finish(id, std::move(result)); },
          [this, id](const caf::error& error) { lost_on_primary(id, error); });
}

caf::result<reply> handler_state::run_permitted(permitted_request& message) {
  auto i = definition().actions.find(message.what.action());
  if (i == definition().actions.end())
    return to_reply(errc::action_not_allowed, message.what.action());
  if (is_orphaned(message.what))
    return to_reply(errc::unavailable);
  auto id = add_pending(message.what);
  auto& pending = pending_.at(id);
  pending.guard = std::move(message.guard);
  pending.action = &i->second;
  const auto& data = pending.message.data();
  introduce({data.scope, data.connection});
  arm(pending, setup_.shared->limits.action_timeout);
  auto promise = pending.promise;
  if (pending.action->takes_object)
    load_object(id);
  else
    run(id);
  return promise;
}

void handler_state::load_object(std::uint64_t id) {
  auto& pending = pending_.at(id);
  const auto& loader = *definition().loader;
  auto asks =
      pending.guard->guard()->overrides(question::has_object_permission);
  if (loader.blocking) {
    submit(id, [me = caf::actor_cast<handler_actor>(self_), id, asks,
                handler = route().handler, action = pending.action,
                log = setup_.shared->log, message = pending.message] {
      caf::anon_send(
          me, answer_atom_v, id,
          prepare_action(*handler, *action, invocation{message}, asks, *log));
    });
  } else if (auto runner = runner_of(id)) {
    self_->request(runner, caf::infinite, prepare_atom_v, pending.message, asks)
        .then([this, id](preparation& result) { loaded(id, result); },
              [this, id](const caf::error& error) { fail(id, error); });
  }
}

void handler_state::loaded(std::uint64_t id, preparation& result) {
  auto i = pending_.find(id);
  if (i == pending_.end())
    return; // Too late.
  auto& pending = i->second;
  pending.runner = nullptr; // Its death would lose nothing now.
  if (!result.object.value) {
    finish(id, std::move(result.refusal));
    return;
  }
  pending.object = std::move(result.object);
  if (!asks_about_objects(pending)) {
    run(id);
    return;
  }
  pending.guard->set_object(std::move(result.as_json));
  self_
      ->request(
          setup_.pool, caf::infinite,
          permission_check{question::has_object_permission, pending.guard})
      .then(
          [this, id](const decision& answer) { decided_on_object(id, answer); },
          [this, id](const caf::error& error) { fail(id, error); });
}

void handler_state::decided_on_object(std::uint64_t id,
                                      const decision& result) {
  if (admit(id, question::has_object_permission, result))
    run(id);
}

void handler_state::run(std::uint64_t id) {
  auto& pending = pending_.at(id);
  if (pending.action->blocking) {
    submit(id, [me = caf::actor_cast<handler_actor>(self_), id,
                handler = route().handler, action = pending.action,
                log = setup_.shared->log, message = pending.message,
                object = pending.object] {
      caf::anon_send(
          me, answer_atom_v, id,
          run_action(*action, {message, nullptr, nullptr, object}, *log));
    });
    return;
  }
  if (!runs_on_runner(*pending.action)) {
    finish(id, run_action(*pending.action,
                          {pending.message, nullptr, nullptr, pending.object},
                          *setup_.shared->log));
    return;
  }
  auto runner = runner_of(id);
  if (!runner)
    return;
  auto on_reply = [this, id](reply& result) { finish(id, std::move(result)); };
  auto on_error = [this, id](const caf::error& error) { fail(id, error); };
  if (pending.action->takes_object)
    self_->request(runner, caf::infinite, pending.message, pending.object)
        .then(on_reply, on_error);
  else
    self_->request(runner, caf::infinite, pending.message)
        .then(on_reply, on_error);
}

/// Gives a job to a worker thread. What it refers to has to be kept by it.
void handler_state::submit(std::uint64_t id, std::function<void()> job) {
  auto& cancelled = pending_.at(id).cancelled;
  cancelled = std::make_shared<std::atomic<bool>>(false);
  if (!setup_.shared->workers->submit(cancelled, std::move(job)))
    finish(id, to_reply(errc::unavailable));
}

void handler_state::finish(std::uint64_t id, reply answer) {
  auto node = pending_.extract(id);
  if (!node)
    return; // An answer after the deadline is dropped.
  if (answer.status < 200 || answer.status > 599) {
    setup_.shared->log->error("handler \"{}\" answered with the status {}",
                              definition().name, answer.status);
    answer = to_reply(errc::server_error);
  }
  auto& pending = node.mapped();
  give_up(pending);
  const auto succeeded = answer.errors.empty() && answer.status < 300;
  std::optional<group_broadcast> told;
  if (succeeded && pending.broadcast != nullptr)
    told = {group_of(pending.broadcast->group, pending.message),
            event{pending.broadcast->type, answer.data, answer.status}};
  if (succeeded && !pending.replies)
    answer = reply::silent();
  this->answer(pending, std::move(answer));
  if (told && !told->group.empty())
    self_->send(setup_.groups, std::move(*told));
}

void handler_state::fail(std::uint64_t id, const caf::error& error) {
  finish(id, to_reply(code_of(error)));
}

void handler_state::expire(std::uint64_t id) {
  auto i = pending_.find(id);
  if (i == pending_.end())
    return;
  if (i->second.guard && i->second.action == nullptr)
    admit(id, question::has_permission, i->second.guard->late());
  else
    finish(id, to_reply(errc::timed_out));
}

std::uint64_t handler_state::add_pending(request& message) {
  auto id = ++last_id_;
  pending_.try_emplace(id, self_->make_response_promise<reply>(),
                       std::move(message), [this, id] {
                         caf::anon_send(caf::actor_cast<handler_actor>(self_),
                                        expired_atom_v, id);
                       });
  auto& pending = pending_.at(id);
  if (pending.message.data().relayed)
    pending.relayed.emplace(*setup_.shared->relayed_open);
  return id;
}

bool handler_state::is_orphaned(const request& message) {
  const auto& connection = message.data().connection;
  return connection
         && caf_api::has_ended(
             *caf::actor_cast<caf::abstract_actor*>(connection));
}

/// The client makes no row: neither of a route nor of an action.
answer_tallies* handler_state::tallies_of(const request& message,
                                          bool matched) {
  if (tallies_ == nullptr)
    return nullptr;
  auto known = matched ? definition().actions.find(message.action())
                       : definition().actions.end();
  return known != definition().actions.end()
             ? &tallies_->at(known->first)
             : &tallies_->at(unit_metrics::other_action);
}

void handler_state::arm(pending_message& pending, limits::duration timeout) {
  self_->home().arm(pending.due, timeout);
}

void handler_state::answer(pending_message& pending, reply answer) {
  // A job that has not begun need not.
  if (pending.cancelled)
    *pending.cancelled = true;
  if (pending.tallies != nullptr)
    pending.tallies->at(answer.status).add();
  if (!pending.is_late) {
    pending.promise.deliver(std::move(answer));
    return;
  }
  const auto& data = pending.message.data();
  caf::anon_send(data.connection, late_reply{data.sequence, std::move(answer)});
}

handler_actor::behavior_type route_handler(handler_state::pointer self,
                                           handler_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
