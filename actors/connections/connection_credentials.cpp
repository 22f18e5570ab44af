// The credentials of a connection: their expiry, their refresh through the
// built-in route, their revocation.

#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/sec.hpp"

#include <utility>

namespace stagedoor {

namespace {

/// How long one wait for an expiry is at most: the wall clock may be set while
/// we wait.
constexpr std::chrono::hours wait_max{1};

constexpr std::string_view revoked = "credentials_revoked";

/// The success of a refresh.
reply refreshed(
    const user& who,
    const std::optional<std::chrono::system_clock::time_point>& expires) {
  json::value expires_at;
  if (expires)
    expires_at = std::chrono::floor<std::chrono::seconds>(*expires)
                     .time_since_epoch()
                     .count();
  return ok({{"user", {{"id", who.id}, {"username", who.username}}},
             {"expires_at", std::move(expires_at)}});
}

} // namespace

// -- expiry -------------------------------------------------------------------

bool connection_state::has_expired(const identity& whom) const {
  return whom.expires && *whom.expires <= setup_.shared->wall_clock();
}

void connection_state::watch_expiry() {
  expiry_.disarm();
  if (stage_ != stage::open || !expires_)
    return;
  const auto now = setup_.shared->wall_clock();
  const auto grace = bounds().credential_grace;
  if (*expires_ <= now - grace) {
    close(close_code::credentials_expired, "credentials_expired");
    return;
  }
  unit::clock::duration wait = wait_max;
  if (*expires_ < now + wait_max)
    wait = *expires_ - now + grace;
  self_->home().arm(expiry_, wait);
}

// -- refresh ------------------------------------------------------------------

void connection_state::handle_auth(client_message message,
                                   std::uint64_t sequence) {
  auto head = message.head;
  const auto path =
      std::string_view{head.route}.substr(0, head.route.find('?'));
  if (path != auth_route) {
    answer_here(head, to_reply(errc::route_not_found));
    return;
  }
  if (*head.action != "refresh") {
    answer_here(head, to_reply(errc::action_not_allowed, *head.action));
    return;
  }
  request_data data;
  data.scope = scope_;
  data.message = std::move(message);
  json::object errors;
  auto token =
      arg<"token", std::string>::from(request{std::move(data)}, errors);
  if (!errors.empty()) {
    auto answer = reject(std::move(errors));
    count_refresh(answer);
    send_envelope(head, answer);
    return;
  }
  current_ = std::move(head);
  refreshing_ = sequence;
  // Nothing else is monitored. Without this, what is asked of an actor of a
  // node that has gone is lost without a word.
  self_->set_down_handler([this](const caf::down_msg&) {
    if (refreshing_ != 0)
      finish_refresh(to_reply(errc::unavailable));
  });
  self_->monitor(setup_.roles->authenticator);
  // With a timeout of CAF's, which forgets what is never answered.
  self_
      ->request(setup_.roles->authenticator, bounds().can_connect_timeout,
                credentials{*std::move(token)})
      .then(
          [this, sequence](authentication& result) {
            if (refreshing_ == sequence)
              finish_refresh(refresh(result));
          },
          [this, sequence](const caf::error& error) {
            if (refreshing_ == sequence)
              finish_refresh(to_reply(error == caf::sec::request_timeout
                                          ? errc::timed_out
                                          : code_of(error)));
          });
}

reply connection_state::refresh(authentication& result) {
  if (!result.accepted || has_expired(*result.accepted))
    return to_reply(errc::not_authenticated, "Invalid credentials.");
  auto& whom = *result.accepted;
  if (!is_same_id(scope_->user.id, whom.who.id))
    return to_reply(errc::permission_denied,
                    "The credentials are those of another user.");
  auto next = std::make_shared<scope>(*scope_);
  next->user = std::move(whom.who);
  scope_changed(std::move(next));
  expires_ = whom.expires;
  watch_expiry();
  return refreshed(scope_->user, expires_);
}

void connection_state::finish_refresh(const reply& answer) {
  self_->demonitor(setup_.roles->authenticator.address());
  count_refresh(answer);
  on_reply(std::exchange(refreshing_, 0), answer);
}

void connection_state::count_refresh(const reply& answer) {
  if (metrics_ != nullptr)
    metrics_->messages(endpoint_->spec.path, std::string{auth_route})
        .at(std::string_view{"refresh"})
        .at(answer.status)
        .add();
}

/// The only place where the scope is replaced: what was derived from the one
/// before falls here.
void connection_state::scope_changed(scope_ptr now) {
  scope_ = std::move(now);
  forget_decisions();
}

void connection_state::forget_decisions() {
  // What is under way keeps the old ones to itself.
  decisions_ = std::make_shared<decision_cache>(bounds().cached_decisions_max,
                                                setup_.shared->cache_counts);
}

void connection_state::invalidate(const std::string& id) {
  if (id.empty() || is_user(id))
    forget_decisions();
}

bool connection_state::is_user(const std::string& id) const {
  return scope_ && !id.empty() && spell_id(scope_->user.id) == id;
}

// -- revocation ---------------------------------------------------------------

void connection_state::revoke(const std::string& id) {
  if (stage_ == stage::deciding && !scope_) {
    revoked_meanwhile_.push_back(id);
    return;
  }
  if (!is_user(id))
    return;
  if (stage_ == stage::deciding)
    refuse_or_close(answer_of(refusal::bad_credentials, bounds().retry_after),
                    "credentials revoked",
                    {close_code::credentials_expired, revoked});
  else if (stage_ == stage::accepting && !close_after_accept_)
    close_after_accept_ = {close_code::credentials_expired, revoked};
  else
    close(close_code::credentials_expired, std::string(revoked));
}

} // namespace stagedoor
