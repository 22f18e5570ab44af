#include "stagedoor/actors/connections/connection.hpp"

#include "stagedoor/actors/connections/message_trace.hpp"
#include "stagedoor/actors/connections/own_routes.hpp"
#include "stagedoor/actors/units/expiry.hpp"
#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

connection_state::connection_state(pointer self)
    : core_{self}, opening_(std::make_unique<opening_stage>(
                       core_, static_cast<opening_stage::owner&>(*this),
                       sends_expired(self, opening_deadline))),
      credentials_(core_, *this, sends_expired(self, credentials_deadline)),
      outbox_(core_, sends_expired(self, stall_deadline)),
      memberships_(core_, credentials_, outbox_, *this),
      own_messages_(core_, credentials_, memberships_, outbox_, *this),
      pages_(core_), idle_(core_, sends_expired(self, idle_deadline)) {}

connection_actor::behavior_type
connection_state::start(connection_setup setup) {
  core_.setup = std::move(setup);
  core_.metrics = unit_metrics::of(*core_.setup.shared, core_.home());
  if (core_.metrics != nullptr)
    core_.metrics->connections.add();
  conduct_.emplace(core_.bounds(), core_.home().now());
  opening_->start();
  // It is told to forget us when we end.
  core_.socket().read_head(*this);
  return core_.home().shared<connection_actor::behavior_type>(
      [this] { return behavior_on(core_.home()); });
}

connection_actor::behavior_type
connection_state::behavior_on(const unit& home) {
  const handling<connection_actor, connection_state> me{home};
  return {
      [me](expired_atom, std::uint64_t id) { me().expired(id); },
      [me](late_reply& late) { me().on_late_reply(late); },
      [me](const event& pushed) { me().push(pushed); },
      [me](caf::join_atom, const std::string& group) {
        return me().join(group, {}, 0);
      },
      [me](caf::join_atom, const std::string& group, std::string& meta) {
        return me().join(group, std::move(meta), 0);
      },
      [me](caf::join_atom, const std::string& group, std::uint64_t sequence) {
        return me().join(group, {}, sequence);
      },
      [me](caf::join_atom, const std::string& group, std::string& meta,
           std::uint64_t sequence) {
        return me().join(group, std::move(meta), sequence);
      },
      [me](caf::update_atom, const std::string& group, std::string& meta) {
        return me().update_meta(group, meta);
      },
      [me](caf::leave_atom, const std::string& group) -> caf::result<void> {
        me().memberships_.leave(group);
        return caf::unit;
      },
      [me](const group_event& event) { me().on_group_event(event); },
      [me](const numbered_event& event) { me().on_group_event(event); },
      [me](group_broadcast& broadcast) {
        me().broadcast(std::move(broadcast));
      },
      [me](drain_atom) { me().drain(); },
      [me](revoke_atom, const std::string& id) { me().revoke(id); },
      [me](const invalidation_order& order) { me().invalidate(order); },
      [me](caf::subscribe_atom, const caf::actor& hub) {
        me().memberships_.subscribed(hub);
      },
      [me](caf::unsubscribe_atom, const caf::actor& hub) {
        me().memberships_.unsubscribed(hub);
      },
      [me](caf::close_atom, std::uint16_t code, std::string& reason) {
        me().close_as_told(static_cast<close_code>(code), std::move(reason));
      },
  };
}

// -- opening ------------------------------------------------------------------

void connection_state::accepted(const opening_stage::outcome& result) {
  endpoint_ = result.endpoint;
  router_ = core_.setup.roles->routers[endpoint_->index];
  core_.speech = {endpoint_->spec.spoken,
                  !endpoint_->routes->root().children.empty(),
                  endpoint_->spec.sends_all_pages};
  credentials_.begin(*endpoint_, result.scope, result.expires);
  // A client that has the 101 gets what is pushed to the user from then on.
  const auto& user = result.scope->user;
  if (!result.close && user.is_authenticated())
    memberships_.enter(user_group(user.id));
}

void connection_state::opened(const opening_stage::outcome& result) {
  stage_ = stage::open;
  was_open_ = true;
  if (result.close) {
    close(result.close->code, std::string{result.close->reason});
    return;
  }
  credentials_.start();
  if (stage_ != stage::open)
    return;
  if (endpoint_->routes->root().handler->on_open)
    core_.self->send(router_.handle(),
                     connection_opened{credentials_.scope(), core_.handle()});
  memberships_.send_held();
  idle_.start();
  if (core_.setup.ready->is_draining())
    drain();
  else
    read_if_room();
}

// -- messages, in order -------------------------------------------------------

void connection_state::read_if_room() {
  if (stage_ != stage::open || restart_ || is_finishing_ || idle_.is_reading()
      || waiting_.size() >= core_.bounds().waiting_messages_max
      || outbox_.is_full())
    return;
  idle_.reading_begins();
  core_.socket().read_message();
}

void connection_state::on(message_arrived& event) {
  idle_.reading_ends();
  if (stage_ != stage::open)
    return;
  ++messages_received_;
  request_draft draft;
  auto& message = draft->message;
  arrival next{std::move(draft), core_.speech.decode(event.payload, event.type,
                                                     core_.bounds(), message)};
  trace(core_, message.head, 0, event.payload.size());
  if (auto wait = conduct_->arrived(core_.home().now()); wait.count() > 0)
    next.outcome = {errc::throttled, std::to_string(wait.count())};
  if (is_free() && waiting_.empty())
    handle(next);
  else
    waiting_.push_back(std::move(next));
  handle_waiting();
}

void connection_state::on(client_closed&) {
  idle_.reading_ends();
  is_finishing_ = true;
  outbox_.limit_stall(core_.bounds().close_timeout);
  close_if_finished();
}

bool connection_state::is_free() const {
  return stage_ == stage::open && !current_ && !outbox_.is_full();
}

void connection_state::handle_waiting() {
  while (is_free() && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    handle(next);
  }
  // Behind what the client has said, which may cancel them.
  while (is_free() && !is_finishing_ && !restart_ && pages_.are_due()
         && !credentials_.end_if_over()) {
    const auto sequence = ++last_sequence_;
    request_draft draft;
    draft->message = pages_.next(sequence);
    ask_router(std::move(draft), sequence);
  }
  close_if_finished();
  read_if_room();
}

void connection_state::handle(arrival& next) {
  if (credentials_.end_if_over())
    return;
  auto& message = next.draft->message;
  if (const auto& [error, reason] = next.outcome; error != errc::none) {
    if (error == errc::malformed_message)
      core_.setup.shared->log->debug("connection {}: malformed message: {}",
                                     core_.setup.id, reason);
    answer_here(message.head, to_reply(error, reason));
    if (auto ending = conduct_->refused(error); !ending.empty())
      close(close_code::policy, std::string{ending});
    return;
  }
  conduct_->forgive();
  auto sequence = ++last_sequence_;
  if (is_own_route(message.head.route)) {
    handle_here(message, sequence);
    return;
  }
  if (const auto answer = pages_.begin(message, sequence))
    answer_here(message.head, *answer);
  else
    ask_router(std::move(next.draft), sequence);
}

void connection_state::handle_here(client_message& message,
                                   std::uint64_t sequence) {
  current_ = std::make_shared<const message_head>(message.head);
  is_asking_ = true;
  if (const auto answer =
          own_messages_.handle(message, sequence, *endpoint_, router_))
    on_reply(sequence, *answer);
  is_asking_ = false;
}

void connection_state::ask_router(request_draft&& draft,
                                  std::uint64_t sequence) {
  draft->scope = credentials_.scope();
  draft->connection = core_.handle();
  draft->sequence = sequence;
  draft->concurrent_allowed =
      concurrent_.size() < core_.bounds().concurrent_actions_max;
  draft->decisions = credentials_.decisions();
  current_ = draft.head();
  is_asking_ = true;
  core_.self->ask(router_, std::move(draft))
      .then(
          [this, sequence](const reply& answer) { on_reply(sequence, answer); },
          [this, sequence](const caf::error& error) {
            auto answer = to_reply(code_of(error));
            core_.count_unhandled(*endpoint_, answer.status);
            on_reply(sequence, answer);
          });
  is_asking_ = false;
}

// -- replies ------------------------------------------------------------------

void connection_state::on_reply(std::uint64_t sequence, const reply& answer) {
  STAGEDOOR_ASSERT(current_ != nullptr);
  auto head = std::exchange(current_, nullptr);
  if (answer.is_interim())
    concurrent_.emplace(sequence, std::move(head));
  else
    reply_to(*head, sequence, answer);
  pages_.answered(sequence, answer);
  if (is_asking_)
    return;
  handle_waiting();
}

void connection_state::on_late_reply(late_reply& late) {
  if (const auto found = concurrent_.find(late.sequence);
      found != concurrent_.end()) {
    const auto head = std::move(found->second);
    concurrent_.erase(found);
    reply_to(*head, late.sequence, late.answer);
  }
  pages_.answered(late.sequence, late.answer);
  handle_waiting();
}

// -- pushes and events of groups ----------------------------------------------

void connection_state::push(const event& pushed) {
  if (stage_ != stage::open)
    return;
  if (outbox_.is_full()) {
    outbox_.count_drop(drop_reason::push);
    return;
  }
  outbox_.send(pushed);
}

void connection_state::on_group_event(const group_event& event) {
  if (stage_ == stage::opening)
    memberships_.hold(event);
  else if (stage_ == stage::open)
    memberships_.take(event);
}

void connection_state::too_slow() {
  close(core_.sent_as(close_code::try_again_later), "slow consumer");
}

void connection_state::on(outbound_drained&) {
  outbox_.forget_stall();
  if (stage_ == stage::open)
    memberships_.send_held();
  own_messages_.go_on();
  handle_waiting();
}

// -- the end ------------------------------------------------------------------

void connection_state::expired(std::uint64_t deadline_id) {
  if (deadline_id == opening_deadline && opening_)
    opening_->expired();
  else if (stage_ != stage::open)
    return;
  else if (deadline_id == credentials_deadline)
    credentials_.check_expiry();
  else if (deadline_id == idle_deadline && !credentials_.end_if_over()
           && idle_.is_idle())
    close(close_code::idle, "idle");
  else if (deadline_id == stall_deadline && outbox_.is_stalled())
    too_slow();
  else if (deadline_id == guards_deadline)
    memberships_.guards_due();
}

void connection_state::drain() {
  if (stage_ == stage::opening)
    opening_->server_drains();
  if (stage_ != stage::open || restart_)
    return;
  restart_.emplace(core_.bounds().reconnect_window);
  if (!is_finishing_)
    outbox_.send(restart_->announcement());
  close_if_finished();
}

void connection_state::close_if_finished() {
  if (!(is_finishing_ || restart_) || stage_ != stage::open || current_
      || !waiting_.empty() || !concurrent_.empty())
    return;
  if (is_finishing_)
    close(close_code::none, {});
  else
    close(core_.sent_as(close_code::service_restart), restart_->reason());
}

void connection_state::close_as_told(close_code code, std::string reason) {
  if (!is_utf8(reason)) {
    core_.setup.shared->log->error(
        "connection {}: closes with {} and without its reason: it is not UTF-8",
        core_.setup.id, static_cast<std::uint16_t>(code));
    reason.clear();
  }
  close(code, std::move(reason));
}

void connection_state::close(close_code code, std::string reason) {
  if (stage_ != stage::open)
    return;
  stage_ = stage::closing;
  idle_.stop();
  outbox_.forget_stall();
  credentials_.stop();
  own_messages_.stop();
  waiting_.clear();
  memberships_.stop();
  if (is_finishing_ && code == close_code::none)
    core_.socket().answer_close();
  else
    core_.socket().close(code, std::move(reason));
}

void connection_state::on(transport_ended& event) {
  if (stage_ == stage::opening)
    opening_->client_gone();
  stage_ = stage::closing;
  memberships_.stop();
  if (was_open_) {
    if (core_.metrics != nullptr)
      core_.metrics->count_close(event.code);
    log_end(core_, *credentials_.scope(), event, messages_received_,
            outbox_.dropped());
  }
  core_.self->quit();
}

connection_state::~connection_state() {
  if (!core_.setup.socket)
    return;
  if (core_.metrics != nullptr)
    core_.metrics->connections.subtract();
  if (stage_ != stage::open) {
    core_.socket().abort();
    return;
  }
  // The actor was killed: the client is told, if it still listens.
  if (core_.metrics != nullptr)
    core_.metrics->count_close(close_code::server_error);
  core_.socket().close_and_forget(close_code::server_error);
}

connection_actor::behavior_type connection(connection_state::pointer self,
                                           connection_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
