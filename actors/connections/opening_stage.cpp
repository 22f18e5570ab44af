#include "stagedoor/actors/connections/opening_stage.hpp"

#include "stagedoor/actors/connections/credential_watch.hpp"
#include "stagedoor/actors/connections/opening_rules.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

// -- the opening request ------------------------------------------------------

void opening_stage::start() {
  core_.home().arm(deadline_, core_.bounds().handshake_timeout);
}

void opening_stage::on(head_refused& event) {
  if (phase_ == phase::reading_head)
    refuse(answer_of(event.reason, core_.bounds().retry_after),
           "no valid opening request");
}

void opening_stage::on(head_arrived& event) {
  if (phase_ != phase::reading_head)
    return;
  phase_ = phase::deciding;
  core_.home().arm(deadline_, core_.bounds().can_connect_timeout);
  const auto& setup = core_.setup;
  auto verdict = examine_opening(
      event.request,
      {*setup.endpoints, core_.bounds(), setup.shared->pages, *setup.ready,
       setup.over_limit, setup.shared->cluster.get()});
  if (auto* done = std::get_if<answered>(&verdict)) {
    refuse(std::move(done->answer), done->reason);
    return;
  }
  auto& request = std::get<admissible>(verdict);
  outcome_ = std::make_unique<outcome>();
  outcome_->endpoint = request.endpoint;
  unfinished_scope_ = std::make_unique<scope>(std::move(request.scope));
  unfinished_scope_->connection_id = setup.id;
  unfinished_scope_->peer = setup.socket->peer();
  for (const auto& remark : request.remarks)
    setup.shared->log->info("connection {}: {}: {}", setup.id,
                            core_.socket().peer(), remark);
  if (!request.token.fault.empty()) {
    refuse_credentials(request.token.fault);
    return;
  }
  if (request.token.from != bearer_token::source::none) {
    ask_authenticator(std::move(request.token.token));
    return;
  }
  outcome_->scope = std::move(unfinished_scope_);
  ask_can_connect();
}

// -- the authenticator --------------------------------------------------------

void opening_stage::ask_authenticator(std::string token) {
  core_.self
      ->request(core_.setup.roles->authenticator, caf::infinite,
                credentials{std::move(token)})
      .then([this](authentication& result) { on_authenticated(result); },
            [this](const caf::error& error) { failed(error); });
}

void opening_stage::on_authenticated(authentication& result) {
  if (phase_ != phase::deciding)
    return;
  if (!result.accepted || has_expired(*result.accepted, *core_.setup.shared)) {
    refuse_credentials("credentials " + why_refused(result));
    return;
  }
  unfinished_scope_->user = std::move(result.accepted->who);
  outcome_->expires = result.accepted->expires;
  outcome_->scope = std::move(unfinished_scope_);
  // Now it is known whose credentials these are.
  for (const auto& id : std::exchange(revoked_meanwhile_, {}))
    revoke(id);
  if (phase_ == phase::deciding)
    ask_can_connect();
}

void opening_stage::revoke(const std::string& id) {
  if (phase_ != phase::deciding && phase_ != phase::accepting)
    return;
  if (!outcome_->scope) {
    revoked_meanwhile_.push_back(id);
    return;
  }
  if (!is_named_by(outcome_->scope->user, id))
    return;
  const planned_close revoked{close_code::credentials_expired,
                              credentials_revoked};
  if (phase_ == phase::deciding)
    refuse_or_close(
        answer_of(refusal::bad_credentials, core_.bounds().retry_after),
        "credentials revoked", revoked);
  else if (!outcome_->close)
    outcome_->close = revoked;
}

// -- the permission pool ------------------------------------------------------

void opening_stage::ask_can_connect() {
  request_data about;
  about.scope = outcome_->scope;
  about.message.head.action = "connect";
  guard_ = std::make_shared<evaluation>(
      outcome_->endpoint->routes->root().guard, request{std::move(about)});
  core_.self
      ->request(core_.setup.roles->pool, caf::infinite,
                permission_check{question::can_connect, guard_})
      .then([this](const decision& result) { on_can_connect(result); },
            [this](const caf::error& error) { failed(error); });
}

void opening_stage::on_can_connect(const decision& result) {
  if (phase_ != phase::deciding)
    return;
  auto guard = std::move(guard_);
  if (result.is_allowed()) {
    accept();
    return;
  }
  const auto& shared = *core_.setup.shared;
  if (result.answer == decision::verdict::error)
    shared.log->error("connection {}: a permission failed: {}", core_.setup.id,
                      result.reason);
  if (shared.denials)
    shared.denials->add(*guard, question::can_connect, result);
  auto answer = answer_of(result, core_.bounds().retry_after);
  if (result.answer == decision::verdict::deny)
    refuse_or_close(std::move(answer), "permission denied",
                    {close_code::forbidden, "permission_denied"});
  else
    refuse(std::move(answer), "a permission failed");
}

// -- what goes wrong ----------------------------------------------------------

void opening_stage::failed(const caf::error& error) {
  if (phase_ == phase::deciding)
    refuse(answer_of(refusal::unavailable, core_.bounds().retry_after),
           text_of(error));
}

void opening_stage::expired() {
  const auto retry_after = core_.bounds().retry_after;
  if (phase_ == phase::reading_head)
    refuse(answer_of(refusal::timeout, retry_after),
           "the opening request is late");
  else if (phase_ == phase::deciding && guard_)
    on_can_connect(guard_->late());
  else if (phase_ == phase::deciding)
    refuse(answer_of(refusal::unavailable, retry_after),
           "the authenticator is late");
  else if (phase_ == phase::accepting)
    owner_.given_up();
}

/// Who has not sent a whole opening request, such as a spare connection of a
/// browser, does not hold up the drain.
void opening_stage::server_drains() {
  if (phase_ == phase::reading_head)
    owner_.given_up();
}

void opening_stage::client_gone() {
  phase_ = phase::over;
  count(unit_metrics::gone);
}

// -- the answer ---------------------------------------------------------------

void opening_stage::refuse_credentials(const std::string& reason) {
  refuse_or_close(
      answer_of(refusal::bad_credentials, core_.bounds().retry_after), reason,
      {close_code::credentials_expired, "bad_credentials"});
}

void opening_stage::refuse_or_close(http_answer answer,
                                    const std::string& reason,
                                    planned_close close) {
  if (!outcome_->endpoint->spec.accept_then_close) {
    refuse(std::move(answer), reason);
    return;
  }
  core_.setup.shared->log->info("connection {}: {} accepted to be closed with "
                                "{}: {}",
                                core_.setup.id, core_.socket().peer(),
                                static_cast<unsigned>(close.code), reason);
  outcome_->close = close;
  if (!outcome_->scope)
    outcome_->scope = std::move(unfinished_scope_);
  accept();
}

void opening_stage::refuse(http_answer answer, const std::string& reason) {
  phase_ = phase::over;
  deadline_.disarm();
  owner_.refused();
  if (!reason.empty()) { // Else it is a health check or a page.
    core_.setup.shared->log->info("connection {}: {} refused with {}: {}",
                                  core_.setup.id, core_.socket().peer(),
                                  answer.status, reason);
    count(static_cast<std::uint16_t>(answer.status));
  }
  core_.socket().answer(std::move(answer));
}

void opening_stage::accept() {
  phase_ = phase::accepting;
  core_.home().arm(deadline_, core_.bounds().handshake_timeout);
  owner_.accepted(*outcome_);
  core_.socket().accept(outcome_->scope->subprotocol,
                        outcome_->endpoint->spec.compression);
}

void opening_stage::on(handshake_done&) {
  if (phase_ != phase::accepting)
    return;
  phase_ = phase::over;
  deadline_.disarm();
  count(unit_metrics::accepted);
  // The connection has its own by now; the scope may be replaced there.
  owner_.opened(*std::exchange(outcome_, nullptr));
}

void opening_stage::count(std::uint16_t status) {
  if (core_.metrics != nullptr)
    core_.metrics->handshakes.at(status).add();
}

} // namespace stagedoor
