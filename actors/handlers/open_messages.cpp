#include "stagedoor/actors/handlers/open_messages.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/handlers/preparing.hpp"
#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace stagedoor {

namespace {

/// How the log calls a route. The patterns of it are what the application has
/// written, and hold nothing of a client.
std::string place_of(const compiled_route& route, const std::string& endpoint) {
  return "handler \"" + route.handler->name + "\" (endpoint "
         + to_json_string(endpoint) + ", route "
         + to_json_string(route.patterns) + ')';
}

} // namespace

open_messages::open_messages(handler_role* self, runtime_ptr shared,
                             const compiled_route& route,
                             const std::string& endpoint,
                             group_hub_actor groups)
    : self_(self), shared_(std::move(shared)), route_(route),
      groups_(std::move(groups)),
      metrics_(unit_metrics::of(*shared_, self_->home())),
      slow_(self_->home(), shared_->log, shared_->limits.slow_action,
            place_of(route, endpoint)) {
  if (metrics_ != nullptr)
    tallies_ = &metrics_->messages(endpoint, route_.patterns);
}

open_messages::~open_messages() {
  for (auto& [id, pending] : entries_)
    if (pending.message().data().relayed && self_->home().is_ending())
      pending.give_back();
    else
      pending.deliver(to_reply(errc::server_error));
}

open_messages::added open_messages::add(request& message,
                                        answer_promise<reply>&& promise) {
  return entries_.add(std::move(promise), std::move(message),
                      *shared_->relayed_open);
}

void open_messages::arm(std::uint64_t id, pending_message& pending,
                        std::chrono::milliseconds timeout) {
  pending.arm(self_->home(), timeout, sends_expired(self_, id));
}

void open_messages::begin(pending_message& pending, bool matched) {
  if (pending.message().only_asks())
    return;
  count(pending, matched);
  pending.measure(self_->home(),
                  metrics_ != nullptr && metrics_->sampled.choose(), matched);
}

void open_messages::count(pending_message& pending, bool matched) {
  if (tallies_ != nullptr && !pending.message().only_asks())
    pending.count_in(&tallies_->at(name_of_action(pending.message(), matched)));
}

std::string_view open_messages::name_of_action(const request& message,
                                               bool matched) const {
  const auto& actions = route_.handler->actions;
  auto known = matched ? actions.find(message.action()) : actions.end();
  return known != actions.end() ? std::string_view{known->first}
                                : unit_metrics::other_action;
}

void open_messages::deliver(std::uint64_t id, reply&& answer) {
  auto entry = entries_.take(id);
  if (!entry)
    return; // An answer after the deadline is dropped.
  auto& pending = entry.mapped();
  pending.stop_clock();
  if (slow_.wants(pending.times().total()))
    log_slow(pending, answer.status);
  if (!answer.is_sound()) {
    const auto flaw = answer.flaw();
    shared_->log->error("handler \"{}\", action {}: answered with {}",
                        route_.handler->name,
                        to_json_string(pending.message().action()), flaw);
    if (flaw == not_json_text)
      answer = count_not_json(pending, answer);
    else
      answer = to_reply(errc::server_error);
  }
  if (auto told = pending.finish(*self_, std::move(answer)))
    self_->send(groups_, std::move(*told));
}

// -- messages with keys -------------------------------------------------------

/// Tells the once keeper what a message was answered that may run under a key.
void open_messages::end_ticket(std::uint64_t id, const reply& answer) {
  tickets_.end(id, answer.is_sound() ? answer : to_reply(errc::server_error));
}

void open_messages::expire(std::uint64_t id) {
  auto* pending = find(id);
  if (pending == nullptr)
    return;
  if (pending->stage() == message_stage::asking_permissions) {
    admit(id, question::has_permission, pending->evaluation()->late());
    return;
  }
  auto late = to_reply(errc::timed_out);
  if (!tickets_.has_begun(id)) {
    finish(id, std::move(late));
    return;
  }
  detach(id, *pending);
  deliver(id, std::move(late));
}

/// The client gets its answer, and the action goes on.
void open_messages::detach(std::uint64_t id, pending_message& pending) {
  tickets_.detach(id, pending.holder());
  pending.keep_waiting();
}

void open_messages::lose(std::uint64_t id) {
  tickets_.lose(id);
  deliver(id, to_reply(errc::outcome_unknown));
}

void open_messages::holder_died(const caf::down_msg& down) {
  if (tickets_.empty())
    return;
  const auto is_crash =
      down.reason && down.reason != caf::exit_reason::user_shutdown;
  tickets_.holder_died(down.source,
                       is_crash ? to_reply(errc::server_error) : ok());
}

// -- the rest of the way ------------------------------------------------------

pending_message* open_messages::admit(std::uint64_t id, question asked,
                                      const decision& result) {
  auto* pending = find(id);
  if (pending == nullptr || result.is_allowed())
    return pending; // Null: too late, it has been answered.
  deny(id, asked, result);
  return nullptr;
}

/// Answers a message that its permissions do not allow.
void open_messages::deny(std::uint64_t id, question asked,
                         const decision& result) {
  if (result.answer == decision::verdict::error)
    shared_->log->error("handler \"{}\": a permission failed: {}",
                        route_.handler->name, result.reason);
  auto& pending = entries_.at(id);
  if (shared_->denials && !pending.message().only_asks())
    shared_->denials->add(*pending.evaluation(), asked, result);
  finish(id, to_reply(result));
}

void open_messages::load_on_worker(std::uint64_t id, pending_message& pending) {
  pass_to_worker(id, pending, message_stage::loading,
                 [me = caf::actor_cast<handler_actor>(self_), id,
                  as_json = pending.asks_about_object(),
                  handler = route_.handler, action = pending.action(),
                  log = shared_->log, message = pending.message()] {
                   caf::anon_send(me, answer_atom_v, id,
                                  prepare_action(*handler, *action,
                                                 invocation{message}, as_json,
                                                 *log));
                 });
}

void open_messages::run_on_worker(std::uint64_t id, pending_message& pending) {
  pass_to_worker(id, pending, message_stage::running,
                 [me = caf::actor_cast<handler_actor>(self_), id,
                  handler = route_.handler, action = pending.action(),
                  log = shared_->log, notifier = shared_->notifier,
                  message = pending.message(), object = pending.object()] {
                   caf::anon_send(me, answer_atom_v, id,
                                  run_action(*handler, *action, message, object,
                                             *notifier, *log));
                 });
}

/// Gives a job for a message to a worker thread. The job keeps what it refers
/// to.
void open_messages::pass_to_worker(std::uint64_t id, pending_message& pending,
                                   message_stage next,
                                   std::function<void()> job) {
  pending.enter(next);
  // What runs under a key runs to its end, whoever waits for it.
  const auto has_ticket = tickets_.has(id);
  auto guarded = [me = caf::actor_cast<handler_actor>(self_), id,
                  message = pending.message(), job = std::move(job),
                  has_ticket] {
    if (!has_ticket && is_orphaned(message))
      caf::anon_send(me, answer_atom_v, id, to_reply(errc::unavailable));
    else
      job();
  };
  const auto cancelled = has_ticket ? std::make_shared<std::atomic<bool>>(false)
                                    : pending.add_job();
  if (!shared_->workers->submit(cancelled, std::move(guarded)))
    finish(id, to_reply(errc::unavailable));
  else if (next == message_stage::running)
    begun(id);
}

bool open_messages::begin_concurrent(std::uint64_t id,
                                     pending_message& pending) {
  const auto& data = pending.message().data();
  if (!data.concurrent_allowed) {
    // By then the oldest of them will have been answered, or timed out.
    auto wait =
        std::chrono::ceil<std::chrono::seconds>(shared_->limits.action_timeout);
    finish(id, to_reply(errc::throttled, std::to_string(wait.count())));
    return false;
  }
  if (!data.relayed)
    pending.answer_interim();
  return true;
}

/// Has the log tell of a message that took long.
void open_messages::log_slow(const pending_message& pending,
                             std::uint16_t status) {
  const auto& times = pending.times();
  slow_.add({name_of_action(pending.message(), pending.is_matched()),
             times.in_permissions(), times.in_action(), status,
             pending.message().scope().connection_id});
}

/// Counts a reply from another node that JSON could not express on its way.
/// @returns what the client gets: nothing in place of a success that it would
///          not have got either.
reply open_messages::count_not_json(const pending_message& pending,
                                    const reply& flawed) {
  if (metrics_ != nullptr)
    metrics_->count_drop(drop_reason::not_json);
  return pending.replies() || flawed.has_errors() ? to_reply(errc::server_error)
                                                  : reply::silent();
}

void open_messages::fail(std::uint64_t id, const caf::error& error) {
  const auto code = code_of(error);
  const auto* pending = find(id);
  const auto is_away = pending != nullptr && pending->has_key()
                       && pending->stage() == message_stage::elsewhere;
  if (code != errc::server_error && (is_away || tickets_.has_begun(id)))
    lose(id);
  else
    finish(id, to_reply(code));
}

void open_messages::give_back(std::uint64_t id) {
  if (auto entry = entries_.take(id))
    entry.mapped().give_back();
}

void open_messages::connection_died(std::uint64_t connection_id) {
  if (!tickets_.empty())
    for (auto& [id, pending] : entries_)
      if (pending.message().scope().connection_id == connection_id
          && tickets_.has(id)) {
        detach(id, pending);
        // What an action with a context has begun ends with its connection.
        if (!tickets_.has_begun(id) || pending.action()->needs_connection)
          tickets_.doubt(id);
      }
  entries_.take_if(
      [connection_id](const pending_message& pending) {
        return pending.message().scope().connection_id == connection_id;
      },
      [this](pending_message& pending) { pending.abandon(*self_); });
}

std::vector<std::uint64_t>
open_messages::held_by(const caf::actor_addr& holder) {
  std::vector<std::uint64_t> result;
  for (const auto& [id, pending] : entries_)
    if (are_same(pending.holder(), holder))
      result.push_back(id);
  return result;
}

} // namespace stagedoor
