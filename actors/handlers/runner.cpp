#include "stagedoor/actors/handlers/runner.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace stagedoor {

namespace {

/// Logs what is being thrown. For a handler of all exceptions.
void log_thrown(spdlog::logger& log, std::string_view what) {
  try {
    throw;
  } catch (const std::exception& error) {
    log.error("{} threw: {}", what, error.what());
  } catch (...) {
    log.error("{} threw something that is no std::exception", what);
  }
}

outcome run_guarded(const action_definition& action, const invocation& input,
                    spdlog::logger& log) {
  try {
    return action.run(input);
  } catch (...) {
    log_thrown(log, "action \"" + action.name + '"');
    return to_reply(errc::server_error);
  }
}

} // namespace

preparation prepare_action(const handler_definition& handler,
                           const action_definition& action,
                           const invocation& input, bool as_json,
                           spdlog::logger& log) {
  preparation result;
  try {
    json::object errors;
    handler.loader->check_arguments(input.request, errors);
    action.check_arguments(input.request, errors);
    if (!errors.empty()) {
      result.refusal = reject(std::move(errors));
      return result;
    }
    result.object = handler.loader->load(input);
    if (!result.object.value)
      result.refusal = not_found();
    else if (as_json)
      result.as_json = std::make_shared<const json::value>(
          handler.loader->to_json(result.object));
  } catch (...) {
    log_thrown(log, "the loader of action \"" + action.name + '"');
    result = {};
    result.refusal = to_reply(errc::server_error);
  }
  return result;
}

reply run_action(const action_definition& action, const invocation& input,
                 spdlog::logger& log) {
  auto result = run_guarded(action, input, log);
  // `define_action` lets no action put its reply off that needs no runner.
  return std::move(std::get<reply>(result));
}

runner_state::~runner_state() {
  for (auto& [id, owed] : owed_)
    owed.promise.deliver(to_reply(errc::server_error));
}

runner_actor::behavior_type runner_state::start(runner_setup setup) {
  setup_ = std::move(setup);
  if (setup_.handler->make_state)
    handler_state_ = setup_.handler->make_state();
  return {
      [this](const request& message) { return run(message, {}); },
      [this](prepare_atom, const request& message, bool as_json) {
        return prepare(message, as_json);
      },
      [this](const request& message, const loaded_object& object) {
        return run(message, object);
      },
      [this](const connection_opened& who) { opened(who); },
      [this](const connection_ended& who) { ended(who.connection_id); },
      [this](answer_atom, std::uint64_t id, reply& result) {
        answer(id, result);
      },
      [this](expired_atom, std::uint64_t id) { expire(id); },
  };
}

preparation runner_state::prepare(const request& message, bool as_json) {
  const auto& data = message.data();
  context ctx{*this, data.scope, data.connection};
  return prepare_action(
      *setup_.handler, setup_.handler->actions.find(message.action())->second,
      {message, &ctx, handler_state_.get(), {}}, as_json, *setup_.shared->log);
}

caf::result<reply> runner_state::run(const request& message,
                                     const loaded_object& object) {
  const auto& data = message.data();
  const auto& action = setup_.handler->actions.find(message.action())->second;
  context ctx{*this, data.scope, data.connection};
  auto result =
      run_guarded(action, {message, &ctx, handler_state_.get(), object},
                  *setup_.shared->log);
  if (self_->getf(caf::abstract_actor::is_shutting_down_flag))
    return to_reply(errc::server_error); // The action made its actor quit.
  if (auto* now = std::get_if<reply>(&result))
    return std::move(*now);
  auto promise = self_->make_response_promise<reply>();
  owed_.emplace(std::get<deferred>(result).id(),
                owed_reply{promise, data.scope->connection_id});
  return promise;
}

deferred runner_state::defer() {
  auto id = ++last_id_;
  auto me = caf::actor_cast<runner_actor>(self_);
  return {id, [me, id](reply result) {
            caf::anon_send(me, answer_atom_v, id, std::move(result));
          }};
}

void runner_state::answer(std::uint64_t id, reply& result) {
  if (auto node = owed_.extract(id))
    node.mapped().promise.deliver(std::move(result));
}

void runner_state::run_after(std::uint64_t connection_id,
                             std::chrono::milliseconds delay,
                             std::function<void()> what) {
  auto id = ++last_id_;
  auto [i, added] =
      timers_.try_emplace(id, connection_id, std::move(what), [this, id] {
        caf::anon_send(caf::actor_cast<runner_actor>(self_), expired_atom_v,
                       id);
      });
  self_->home().arm(i->second.due, delay);
}

void runner_state::expire(std::uint64_t id) {
  auto node = timers_.extract(id);
  if (!node)
    return;
  try {
    node.mapped().what();
  } catch (...) {
    log_thrown(*setup_.shared->log,
               "a callback of handler \"" + setup_.handler->name + '"');
  }
}

void runner_state::opened(const connection_opened& who) {
  connections_.insert_or_assign(who.scope->connection_id, who);
  if (setup_.handler->on_open)
    call_hook(setup_.handler->on_open, who);
}

void runner_state::ended(std::uint64_t connection_id) {
  std::erase_if(timers_, [&](const auto& entry) {
    return entry.second.connection_id == connection_id;
  });
  // The client hears nothing of it, but who passed the message on must not
  // wait for ever.
  for (auto i = owed_.begin(); i != owed_.end();)
    if (i->second.connection_id == connection_id) {
      i->second.promise.deliver(to_reply(errc::unavailable));
      i = owed_.erase(i);
    } else {
      ++i;
    }
  if (auto node = connections_.extract(connection_id);
      node && setup_.handler->on_close)
    call_hook(setup_.handler->on_close, node.mapped());
  if (setup_.handler->lifetime == lifetime::connection)
    self_->quit();
}

void runner_state::call_hook(const hook& what, const connection_opened& who) {
  context ctx{*this, who.scope, who.connection};
  try {
    what(ctx, handler_state_.get());
  } catch (...) {
    log_thrown(*setup_.shared->log,
               "a hook of handler \"" + setup_.handler->name + '"');
  }
}

runner_actor::behavior_type runner(runner_state::pointer self,
                                   runner_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
