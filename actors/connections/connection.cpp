#include "stagedoor/actors/connections/connection.hpp"

#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/envelope.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <random>
#include <utility>

namespace stagedoor {

namespace {

/// What the connection's deadlines send to it.
enum expired_deadline : std::uint64_t {
  opening_expired,
  idle_expired,
  stall_expired,
  credentials_expired,
};

std::function<void()> sends(connection_state::pointer self,
                            expired_deadline which) {
  return [self, which] {
    caf::anon_send(caf::actor_cast<connection_actor>(self), expired_atom_v,
                   std::uint64_t{which});
  };
}

/// Where a text is made that goes to a socket, which copies it.
std::string& emptied_text() {
  thread_local std::string text;
  text.clear();
  return text;
}

/// Drained clients come back spread over this time, not all at once.
std::string reconnect_hint(limits::duration window) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> jitter{0, window.count()};
  return "{\"reconnect_after_ms\":" + std::to_string(jitter(random)) + '}';
}

} // namespace

connection_state::connection_state(pointer self)
    : self_(self), opening_(sends(self, opening_expired)),
      idle_(sends(self, idle_expired)), stall_(sends(self, stall_expired)),
      expiry_(sends(self, credentials_expired)) {}

connection_state::~connection_state() {
  if (!setup_.socket)
    return;
  if (metrics_ != nullptr)
    metrics_->connections.subtract();
  // Killed: say so, if the client can still hear it.
  if (stage_ == stage::open) {
    count_end(close_code::server_error);
    setup_.socket->close_and_forget(close_code::server_error);
  } else {
    setup_.socket->abort();
  }
}

connection_actor::behavior_type
connection_state::start(connection_setup setup) {
  setup_ = std::move(setup);
  metrics_ = unit_metrics::of(*setup_.shared, self_->home());
  if (metrics_ != nullptr)
    metrics_->connections.add();
  rate_.emplace(bounds().message_rate_max, bounds().message_burst_max,
                self_->home().now());
  self_->home().arm(opening_, bounds().handshake_timeout);
  // The socket outlives no event: it is told to forget us when we end.
  setup_.socket->read_head([self = self_](transport_event event) {
    self->handle_now(std::move(event));
  });
  return {
      [this](transport_event& event) {
        std::visit([this](auto& what) { on(what); }, event.what);
      },
      [this](expired_atom, std::uint64_t which) { expired(which); },
      [this](late_reply& late) { on_late_reply(late); },
      [this](const event& what) { push(what); },
      [this](caf::join_atom, std::string& group) { return join(group); },
      [this](caf::leave_atom, const std::string& group) -> caf::result<void> {
        leave(group);
        return caf::unit;
      },
      [this](const group_event& what) { on_group_event(what); },
      [this](group_broadcast& what) {
        self_->send(setup_.roles->groups, std::move(what));
      },
      [this](drain_atom) { drain(); },
      [this](revoke_atom, const std::string& id) { revoke(id); },
      [this](invalidate_atom, const std::string& id) { invalidate(id); },
      [this](caf::close_atom, std::uint16_t code, std::string& reason) {
        close(static_cast<close_code>(code), std::move(reason));
      },
  };
}

// -- messages, in order -------------------------------------------------------

void connection_state::read_if_room() {
  if (stage_ != stage::open || draining_ || reading_
      || waiting_.size() >= bounds().waiting_messages_max
      || setup_.socket->outbound_full())
    return;
  reading_ = true;
  reading_since_ = self_->home().now();
  setup_.socket->read_message();
}

void connection_state::on(message_arrived& event) {
  reading_ = false;
  if (stage_ != stage::open)
    return;
  ++messages_received_;
  auto decoded = decode_message(event.payload, event.type, bounds());
  waiting_message next{std::move(decoded.message), decoded.error, {}};
  if (auto wait = rate_->take(self_->home().now()); wait.count() > 0) {
    next.error = errc::throttled;
    next.detail = std::to_string(wait.count());
  }
  if (is_free() && waiting_.empty())
    handle(std::move(next));
  else
    waiting_.push_back(std::move(next));
  handle_waiting();
  read_if_room();
}

bool connection_state::is_free() const {
  return stage_ == stage::open && !current_ && !setup_.socket->outbound_full();
}

void connection_state::handle_waiting() {
  while (is_free() && !waiting_.empty()) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    handle(std::move(next));
  }
  close_if_drained();
}

void connection_state::handle(waiting_message next) {
  if (next.error != errc::none) {
    answer_here(next.message.head, to_reply(next.error, next.detail));
    count_refusal(next.error);
    return;
  }
  malformed_in_row_ = 0;
  throttled_in_row_ = 0;
  auto sequence = ++last_sequence_;
  if (next.message.head.route.starts_with(auth_route)) {
    handle_auth(std::move(next.message), sequence);
    return;
  }
  current_ = next.message.head;
  request_data data{
      scope_,    std::move(next.message),
      {},        caf::actor_cast<caf::actor>(self_),
      sequence,  concurrent_.size() < bounds().concurrent_actions_max,
      decisions_};
  self_
      ->request(setup_.roles->routers[endpoint_->index], caf::infinite,
                std::move(data))
      .then(
          [this, sequence](const reply& answer) { on_reply(sequence, answer); },
          [this, sequence](const caf::error& error) {
            auto answer = to_reply(code_of(error));
            count_unhandled(answer);
            on_reply(sequence, answer);
          });
}

void connection_state::on_reply(std::uint64_t sequence, const reply& answer) {
  STAGEDOOR_ASSERT(current_.has_value());
  auto head = std::move(*current_);
  current_.reset();
  if (answer.is_interim())
    concurrent_.emplace(sequence, std::move(head));
  else
    send_envelope(head, answer);
  handle_waiting();
  read_if_room();
}

void connection_state::on_late_reply(late_reply& late) {
  if (auto node = concurrent_.extract(late.sequence))
    send_envelope(node.mapped(), late.answer);
  close_if_drained();
}

/// Answers a message that goes to no handler.
void connection_state::answer_here(const message_head& head,
                                   const reply& answer) {
  count_unhandled(answer);
  send_envelope(head, answer);
}

void connection_state::count_unhandled(const reply& answer) {
  if (metrics_ != nullptr)
    metrics_->count_unhandled(endpoint_->spec.path, answer.status);
}

void connection_state::send_envelope(const message_head& head,
                                     const reply& answer) {
  if (stage_ != stage::open || answer.is_silent())
    return;
  auto& text = emptied_text();
  append_envelope(text, head, answer);
  send(text);
}

void connection_state::send(std::string_view text) {
  setup_.socket->send(text);
  if (!setup_.socket->outbound_full() || stall_.armed())
    return;
  bytes_taken_before_ = setup_.socket->bytes_taken();
  self_->home().arm(stall_, bounds().write_stall_timeout);
}

void connection_state::count_refusal(errc error) {
  if (error == errc::malformed_message)
    ++malformed_in_row_;
  else if (error == errc::throttled)
    ++throttled_in_row_;
  else
    malformed_in_row_ = throttled_in_row_ = 0;
  if (malformed_in_row_ >= bounds().malformed_in_row_max)
    close(close_code::policy, "only malformed messages");
  else if (throttled_in_row_ >= bounds().throttled_in_row_max)
    close(close_code::policy, "over the message rate");
}

// -- the rest of a connection's life ------------------------------------------

void connection_state::on(outbound_drained&) {
  stall_.disarm();
  send_held();
  handle_waiting();
  read_if_room();
}

void connection_state::on(transport_ended& event) {
  end(event.code, event.reason);
}

void connection_state::push(const event& what) {
  if (stage_ != stage::open)
    return;
  if (setup_.socket->outbound_full()) {
    count_drop(drop_reason::push);
    return;
  }
  auto& text = emptied_text();
  append_event(text, what);
  send(text);
}

void connection_state::expired(std::uint64_t which) {
  switch (which) {
  case opening_expired:
    if (stage_ == stage::reading_head)
      refuse(answer_of(refusal::timeout, bounds().retry_after),
             "the opening request is late");
    else if (stage_ == stage::deciding)
      opening_is_late();
    else if (stage_ == stage::accepting)
      end(close_code::none, "took no 101");
    return;
  case idle_expired:
    check_idle();
    return;
  case stall_expired:
    check_stall();
    return;
  case credentials_expired:
    watch_expiry();
    return;
  default:
    return;
  }
}

void connection_state::check_idle() {
  if (stage_ != stage::open)
    return;
  auto silence = setup_.socket->silence();
  if (!reading_) {
    // While we do not read, the client's silence says nothing.
    self_->home().arm(idle_, bounds().ping_interval);
    return;
  }
  auto reading_for = std::chrono::duration_cast<limits::duration>(
      self_->home().now() - reading_since_);
  silence = std::min(silence, reading_for);
  if (silence >= bounds().idle_timeout) {
    close(close_code::idle, "idle");
    return;
  }
  auto next = bounds().ping_interval;
  if (silence >= next) {
    setup_.socket->ping();
    next = bounds().idle_timeout;
  }
  self_->home().arm(idle_, next - silence);
}

void connection_state::check_stall() {
  if (stage_ != stage::open || !setup_.socket->outbound_full())
    return;
  auto taken = setup_.socket->bytes_taken();
  if (taken == bytes_taken_before_) {
    close(close_code::try_again_later, "slow consumer");
    return;
  }
  bytes_taken_before_ = taken;
  self_->home().arm(stall_, bounds().write_stall_timeout);
}

void connection_state::drain() {
  draining_ = true;
  close_if_drained();
}

void connection_state::close_if_drained() {
  if (draining_ && stage_ == stage::open && !current_ && waiting_.empty()
      && concurrent_.empty())
    close(close_code::service_restart,
          reconnect_hint(bounds().reconnect_window));
}

void connection_state::close(close_code code, std::string reason) {
  if (stage_ != stage::open)
    return;
  stage_ = stage::closing;
  idle_.disarm();
  stall_.disarm();
  expiry_.disarm();
  waiting_.clear();
  drop_held();
  setup_.socket->close(code, std::move(reason));
}

void connection_state::end(close_code code, const std::string& reason) {
  count_end(code);
  stage_ = stage::closing;
  drop_held();
  if (opened_)
    setup_.shared->log->info(
        "connection {}: {} {} user={} closed {} after {} messages, {} pushes "
        "dropped: {}",
        setup_.id, scope_->peer,
        to_json(json::value(json::string(scope_->path))),
        to_json(scope_->user.id), static_cast<unsigned>(code),
        messages_received_, pushes_dropped_, reason);
  self_->quit();
}

void connection_state::count_end(close_code code) {
  if (opened_ && metrics_ != nullptr)
    metrics_->count_close(code);
  else if (!opened_ && stage_ != stage::closing) // Else it was refused.
    count_handshake(unit_metrics::gone);
}

connection_actor::behavior_type connection(connection_state::pointer self,
                                           connection_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
