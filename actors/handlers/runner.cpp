#include "stagedoor/actors/handlers/runner.hpp"

#include "stagedoor/actors/handlers/preparing.hpp"
#include "stagedoor/actors/handlers/thrown.hpp"
#include "stagedoor/actors/units/running_work.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

namespace {

outcome run_guarded(const handler_definition& handler,
                    const action_definition& action, const invocation& input,
                    spdlog::logger& log) {
  try {
    running_work running{{"action", action.name, handler.name, &input.request}};
    return action.run(input);
  } catch (...) {
    log_thrown(log, "action", handler, action, input.request);
    return to_reply(errc::server_error);
  }
}

} // namespace

reply run_action(const handler_definition& handler,
                 const action_definition& action, const request& message,
                 const loaded_object& object, const notifier& notifier,
                 spdlog::logger& log) {
  auto result = run_guarded(
      handler, action, {message, nullptr, nullptr, object, &notifier}, log);
  // `define_action` lets no action put its reply off that needs no runner.
  return std::move(std::get<reply>(result));
}

runner_state::~runner_state() {
  tasks_.reset();
  for (auto& [id, owed] : owed_)
    owed.promise.deliver(to_reply(errc::server_error));
}

runner_actor::behavior_type runner_state::start(runner_setup setup) {
  setup_ = std::move(setup);
  if (setup_.handler->make_state)
    handler_state_ = make_state();
  else if (setup_.handler->load_state)
    begin_for_state(load_state());
  self_->open_line(*this);
  return {
      [this](const request& message) {
        return self_->answer_message<reply>(message);
      },
      [this](prepare_atom, const request& message, bool as_json) {
        return self_->answer_message<preparation>(prepare_atom_v, message,
                                                  as_json);
      },
      [this](const request& message, const loaded_object& object) {
        return self_->answer_message<reply>(message, object);
      },
      [this](const connection_opened& connection) { opened(connection); },
      [this](const connection_ended& connection) {
        ended(connection.connection_id);
      },
      [this](answer_atom, std::uint64_t id, reply& result) {
        deferred_answer(id, result);
      },
      [this](resume_atom, std::uint64_t id) {
        if (may_go_on() && tasks_)
          tasks_->job_done(id);
      },
      [this](caf::close_atom) {
        is_ending_ = true;
        quit_if_done();
      },
      [this](expired_atom, std::uint64_t id) { expire(id); },
  };
}

/// An exception ends the runner, as it would be without its state.
std::shared_ptr<void> runner_state::make_state() {
  try {
    running_work running{
        {"the constructor of the state", {}, setup_.handler->name}};
    return setup_.handler->make_state(own_context_);
  } catch (...) {
    setup_.shared->log->error("the state of handler \"{}\" {}",
                              setup_.handler->name, thrown_text());
    throw;
  }
}

task<reply> runner_state::load_state() {
  handler_state_ = co_await setup_.handler->load_state(own_context_);
  co_return ok();
}

task<reply> runner_state::save_state() {
  co_await setup_.handler->on_end(own_context_, handler_state_.get());
  co_return ok();
}

/// Begins a coroutine for which no client waits.
void runner_state::begin_for_state(task<reply> work) {
  constexpr std::uint64_t no_connection = 0;
  running_work running{
      {"the loading or saving of the state", {}, setup_.handler->name}};
  const auto result = begin(no_connection, std::move(work));
  if (const auto* now = std::get_if<reply>(&result))
    done_for_state(*now);
  else
    of_state_ = std::get<deferred>(result).id();
}

/// The state has been loaded or saved.
void runner_state::done_for_state(const reply& result) {
  of_state_ = 0;
  const auto has_failed = result.status >= 400;
  if (has_failed)
    setup_.shared->log->error(
        "handler \"{}\": the state of the key {} has not been {} ({})",
        setup_.handler->name, to_json_string(setup_.key),
        is_saved_ ? "saved" : "loaded", result.status);
  if (!is_saved_) {
    if (auto handler = caf::actor_cast<handler_actor>(setup_.owner))
      self_->send(handler, caf::open_atom_v, result);
    if (has_failed) {
      self_->quit();
      return;
    }
  }
  quit_if_done();
}

preparation runner_state::prepare(const request& message, bool as_json) {
  if (!may_go_on()) {
    preparation result;
    result.refusal = to_reply(errc::unavailable);
    return result;
  }
  const auto& data = message.data();
  context ctx{*this, data.scope, data.connection, data.sequence};
  return prepare_action(
      *setup_.handler, setup_.handler->actions.find(message.action())->second,
      {message, &ctx, handler_state_.get(), {}}, as_json, *setup_.shared->log);
}

void runner_state::answer(const request& message, const loaded_object& object,
                          answer_promise<reply> promise) {
  if (!may_go_on()) {
    promise.deliver(to_reply(errc::unavailable));
    return;
  }
  const auto& data = message.data();
  const auto& action = setup_.handler->actions.find(message.action())->second;
  context ctx{*this, data.scope, data.connection, data.sequence};
  message_in_hand_ = &message;
  auto result = run_guarded(*setup_.handler, action,
                            {message, &ctx, handler_state_.get(), object,
                             setup_.shared->notifier.get()},
                            *setup_.shared->log);
  message_in_hand_ = nullptr;
  if (self_->getf(caf::abstract_actor::is_shutting_down_flag))
    // The action made its actor quit.
    promise.deliver(to_reply(errc::server_error));
  else if (auto* now = std::get_if<reply>(&result))
    promise.deliver(std::move(*now));
  else
    owed_.add_reserved(std::get<deferred>(result).id(), std::move(promise),
                       data.scope->connection_id);
}

deferred runner_state::defer() {
  auto id = owed_.reserve();
  auto me = caf::actor_cast<runner_actor>(self_);
  return {id, [me, id](reply result) {
            caf::anon_send(me, answer_atom_v, id, std::move(result));
          }};
}

outcome runner_state::begin(std::uint64_t connection_id, task<reply> work) {
  if (!tasks_)
    tasks_ = std::make_unique<running_tasks>(*this, self_, setup_.shared,
                                             setup_.handler);
  return tasks_->begin(connection_id, std::move(work));
}

bool runner_state::settle(std::uint64_t id, reply& result) {
  if (id == of_state_) {
    done_for_state(result);
    return true;
  }
  auto owed = owed_.take(id);
  if (owed)
    owed.mapped().promise.deliver(std::move(result));
  quit_if_done();
  return bool{owed};
}

void runner_state::deferred_answer(std::uint64_t id, reply& result) {
  if (may_go_on() && !settle(id, result) && tasks_)
    tasks_->replied(id, result);
}

/// The handler knows whether further messages are on their way, and says when
/// there are none.
void runner_state::end_state() {
  auto handler = caf::actor_cast<handler_actor>(setup_.owner);
  if (setup_.handler->lifetime.is_keyed() && handler)
    self_->send(handler, caf::close_atom_v);
}

void runner_state::quit_if_done() {
  if (!is_ending_ || !owed_.empty() || (tasks_ && tasks_->size() > 0))
    return;
  if (setup_.handler->on_end && !std::exchange(is_saved_, true)) {
    timers_.take_if([](const timer&) { return true; }, [](timer&) {});
    begin_for_state(save_state());
  } else {
    self_->quit();
  }
}

/// Ends the state of a key where this node may not keep it any more, and
/// another one may have begun one.
bool runner_state::may_go_on() {
  if (!setup_.lease
      || setup_.lease->may_keep(setup_.name_in_cluster, self_->home().now()))
    return true;
  tasks_.reset();
  owed_.take_if([](const owed_reply&) { return true; },
                [](owed_reply& owed) {
                  owed.promise.deliver(to_reply(errc::unavailable));
                });
  self_->quit(make_error(errc::unavailable));
  return false;
}

void runner_state::run_after(std::uint64_t connection_id,
                             std::chrono::milliseconds delay,
                             std::function<void()> callback) {
  auto id = owed_.reserve();
  auto added = timers_.add_reserved(id, connection_id, std::move(callback),
                                    sends_expired(self_, id));
  self_->home().arm(added.request.due, delay);
}

void runner_state::expire(std::uint64_t id) {
  if (!may_go_on())
    return;
  auto due = timers_.take(id);
  if (!due) {
    if (tasks_)
      tasks_->expire(id);
    return;
  }
  try {
    running_work running{{"a callback", {}, setup_.handler->name}};
    due.mapped().callback();
  } catch (...) {
    log_thrown(*setup_.shared->log, "a callback", *setup_.handler,
               due.mapped().connection_id);
  }
}

void runner_state::opened(const connection_opened& connection) {
  connections_.insert_or_assign(connection.scope->connection_id, connection);
  if (setup_.handler->on_open)
    call_hook(setup_.handler->on_open, connection);
}

void runner_state::ended(std::uint64_t connection_id) {
  auto is_of_connection = [connection_id](const auto& entry) {
    return entry.connection_id == connection_id;
  };
  timers_.take_if(is_of_connection, [](timer&) {});
  if (tasks_)
    tasks_->ended(connection_id);
  // The client hears nothing of it, but the handler that passed the message on
  // must not wait for ever.
  owed_.take_if(is_of_connection, [](owed_reply& owed) {
    owed.promise.deliver(to_reply(errc::unavailable));
  });
  quit_if_done();
  if (auto known = connections_.extract(connection_id);
      known && setup_.handler->on_close)
    call_hook(setup_.handler->on_close, known.mapped());
  if (setup_.handler->lifetime == lifetime::connection)
    self_->quit();
}

void runner_state::call_hook(const hook& run,
                             const connection_opened& connection) {
  context ctx{*this, connection.scope, connection.connection};
  try {
    running_work running{{"a hook", {}, setup_.handler->name}};
    run(ctx, handler_state_.get());
  } catch (...) {
    log_thrown(*setup_.shared->log, "a hook", *setup_.handler,
               connection.scope->connection_id);
  }
}

runner_actor::behavior_type runner(runner_state::pointer self,
                                   runner_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
