// The first part of a connection's life: from the opening request to the 101.

#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/actors/connections/opening_rules.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace stagedoor {

void connection_state::on(head_refused& event) {
  if (stage_ != stage::reading_head)
    return;
  refuse(answer_of(event.reason, bounds().retry_after),
         "no valid opening request");
}

void connection_state::on(head_arrived& event) {
  if (stage_ != stage::reading_head)
    return;
  stage_ = stage::deciding;
  self_->home().arm(opening_, bounds().can_connect_timeout);
  auto verdict = examine_opening(
      event.request,
      {*setup_.endpoints, bounds(), setup_.shared->pages, *setup_.draining,
       setup_.over_limit, setup_.shared->cluster.get()});
  if (auto* done = std::get_if<answered>(&verdict)) {
    refuse(std::move(done->answer), done->reason);
    return;
  }
  auto& request = std::get<admissible>(verdict);
  endpoint_ = request.endpoint;
  unfinished_scope_ = std::make_unique<scope>(std::move(request.scope));
  unfinished_scope_->connection_id = setup_.id;
  unfinished_scope_->peer = setup_.socket->peer();
  if (request.token.from == bearer_token::source::none) {
    scope_changed(std::move(unfinished_scope_));
    ask_can_connect();
    return;
  }
  self_
      ->request(setup_.roles->authenticator, caf::infinite,
                credentials{std::move(request.token.token)})
      .then([this](authentication& result) { on_authenticated(result); },
            [this](const caf::error& error) { opening_failed(error); });
}

void connection_state::on_authenticated(authentication& result) {
  if (stage_ != stage::deciding)
    return;
  if (!result.accepted || has_expired(*result.accepted)) {
    refuse_or_close(answer_of(refusal::bad_credentials, bounds().retry_after),
                    result.accepted ? "credentials expired"
                                    : "credentials refused",
                    {close_code::credentials_expired, "bad_credentials"});
    return;
  }
  unfinished_scope_->user = std::move(result.accepted->who);
  expires_ = result.accepted->expires;
  scope_changed(std::move(unfinished_scope_));
  // Now it is known whose credentials these are.
  for (const auto& id : std::exchange(revoked_meanwhile_, {}))
    revoke(id);
  if (stage_ == stage::deciding)
    ask_can_connect();
}

void connection_state::ask_can_connect() {
  request_data about;
  about.scope = scope_;
  about.message.head.action = "connect";
  guard_ = std::make_shared<evaluation>(endpoint_->routes->root().guard,
                                        request{std::move(about)});
  self_
      ->request(setup_.roles->pool, caf::infinite,
                permission_check{question::can_connect, guard_})
      .then([this](const decision& result) { on_can_connect(result); },
            [this](const caf::error& error) { opening_failed(error); });
}

void connection_state::on_can_connect(const decision& result) {
  if (stage_ != stage::deciding)
    return;
  auto guard = std::move(guard_);
  if (result.is_allowed()) {
    accept();
    return;
  }
  if (result.answer == decision::verdict::error)
    setup_.shared->log->error("connection {}: a permission failed: {}",
                              setup_.id, result.reason);
  if (setup_.shared->denials)
    setup_.shared->denials->add(*guard, question::can_connect, result);
  auto answer = answer_of(result, bounds().retry_after);
  if (result.answer == decision::verdict::deny)
    refuse_or_close(std::move(answer), "permission denied",
                    {close_code::forbidden, "permission_denied"});
  else
    refuse(std::move(answer), "a permission failed");
}

void connection_state::opening_is_late() {
  if (guard_)
    on_can_connect(guard_->late());
  else
    refuse(answer_of(refusal::unavailable, bounds().retry_after),
           "the authenticator is late");
}

void connection_state::opening_failed(const caf::error& error) {
  if (stage_ == stage::deciding)
    refuse(answer_of(refusal::unavailable, bounds().retry_after),
           text_of(error));
}

void connection_state::refuse_or_close(http_answer answer,
                                       const std::string& reason,
                                       planned_close next) {
  if (!endpoint_->spec.accept_then_close) {
    refuse(std::move(answer), reason);
    return;
  }
  close_after_accept_ = next;
  if (!scope_)
    scope_changed(std::move(unfinished_scope_));
  accept();
}

void connection_state::refuse(http_answer answer, const std::string& reason) {
  stage_ = stage::closing;
  opening_.disarm();
  if (!reason.empty()) { // Else it is a health check.
    setup_.shared->log->info("connection {}: {} refused with {}: {}", setup_.id,
                             setup_.socket->peer(), answer.status, reason);
    count_handshake(static_cast<std::uint16_t>(answer.status));
  }
  setup_.socket->answer(std::move(answer));
}

void connection_state::count_handshake(std::uint16_t result) {
  if (metrics_ != nullptr)
    metrics_->handshakes.at(result).add();
}

void connection_state::accept() {
  stage_ = stage::accepting;
  self_->home().arm(opening_, bounds().handshake_timeout);
  // Who has the 101 gets what is pushed to the user from then on.
  if (!close_after_accept_ && scope_->user.is_authenticated())
    enter(user_group(scope_->user.id));
  setup_.socket->accept(scope_->subprotocol, endpoint_->spec.compression);
}

void connection_state::on(handshake_done&) {
  if (stage_ != stage::accepting)
    return;
  opening_.disarm();
  stage_ = stage::open;
  opened_ = true;
  count_handshake(unit_metrics::accepted);
  if (close_after_accept_) {
    close(close_after_accept_->code, std::string(close_after_accept_->reason));
    return;
  }
  watch_expiry();
  if (stage_ != stage::open)
    return;
  if (endpoint_->routes->root().handler->on_open)
    self_->send(setup_.roles->routers[endpoint_->index],
                connection_opened{scope_, caf::actor_cast<caf::actor>(self_)});
  send_held();
  self_->home().arm(idle_, bounds().ping_interval);
  reading_since_ = self_->home().now();
  if (*setup_.draining)
    drain();
  else
    read_if_room();
}

} // namespace stagedoor
