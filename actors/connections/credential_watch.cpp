#include "stagedoor/actors/connections/credential_watch.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/connections/own_routes.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/sec.hpp"

#include <spdlog/spdlog.h>

namespace stagedoor {

namespace {

/// The longest wait for an expiry: the wall clock may be set meanwhile.
constexpr std::chrono::hours wait_max{1};

/// The success of a refresh.
reply success_of_refresh(
    const user& owner,
    const std::optional<std::chrono::system_clock::time_point>& expires) {
  json::value expires_at;
  if (expires)
    expires_at = std::chrono::floor<std::chrono::seconds>(*expires)
                     .time_since_epoch()
                     .count();
  return ok({{"user", {{"id", owner.id}, {"username", owner.username}}},
             {"expires_at", expires_at}});
}

} // namespace

std::string why_refused(const authentication& result) {
  if (result.accepted)
    return "expired";
  return result.refusal.empty() ? "refused" : "refused: " + result.refusal;
}

bool has_expired(const identity& credentials, const runtime& shared) {
  return credentials.expires && *credentials.expires <= shared.wall_clock();
}

bool is_named_by(const user& candidate, const std::string& id) {
  return !id.empty() && spell_id(candidate.id) == id;
}

void credential_watch::begin(
    const compiled_endpoint& endpoint, scope_ptr scope,
    std::optional<std::chrono::system_clock::time_point> expires) {
  endpoint_ = &endpoint;
  expires_ = expires;
  change_scope(std::move(scope));
}

// -- expiry -------------------------------------------------------------------

void credential_watch::start() {
  is_watching_ = true;
  check_expiry();
}

void credential_watch::stop() {
  is_watching_ = false;
  expiry_.disarm();
}

bool credential_watch::end_if_over() {
  if (!is_watching_ || !expires_
      || *expires_ > core_.setup.shared->wall_clock()
                         - core_.bounds().credential_grace)
    return false;
  owner_.credentials_expired();
  return true;
}

void credential_watch::check_expiry() {
  expiry_.disarm();
  if (!is_watching_ || !expires_ || end_if_over())
    return;
  const auto now = core_.setup.shared->wall_clock();
  unit::clock::duration wait = wait_max;
  if (*expires_ < now + wait_max)
    wait = *expires_ - now + core_.bounds().credential_grace;
  core_.home().arm(expiry_, wait);
}

// -- refresh ------------------------------------------------------------------

std::optional<reply> credential_watch::refresh(client_message message,
                                               std::uint64_t sequence) {
  request_data data;
  data.scope = scope_;
  // The reply repeats the route, so no token may come in its query.
  message.head.route.clear();
  data.message = std::move(message);
  json::object errors;
  auto token =
      arg<"token", std::string>::from(request{std::move(data)}, errors);
  if (!errors.empty()) {
    auto answer = reject(std::move(errors));
    count_refresh(answer);
    return answer;
  }
  refreshing_ = sequence;
  const auto& authenticator = core_.setup.roles->authenticator;
  // Nothing else is monitored. Without this, what is asked of an actor of a
  // node that has gone is lost without a word.
  caf_api::on_down(*core_.self, [this](const caf::down_msg&) {
    if (refreshing_ != 0)
      finish_refresh(to_reply(errc::unavailable));
  });
  caf_api::monitor(*core_.self, authenticator);
  // With a timeout of CAF's, which forgets what is never answered.
  core_.self
      ->request(authenticator, core_.bounds().can_connect_timeout,
                credentials{*std::move(token)})
      .then(
          [this, sequence](authentication& result) {
            if (refreshing_ == sequence)
              finish_refresh(take(result));
          },
          [this, sequence](const caf::error& error) {
            if (refreshing_ == sequence)
              finish_refresh(to_reply(error == caf::sec::request_timeout
                                          ? errc::timed_out
                                          : code_of(error)));
          });
  return std::nullopt;
}

/// Takes the new credentials, if they are good and of the same user.
reply credential_watch::take(authentication& result) {
  if (!result.accepted || has_expired(*result.accepted, *core_.setup.shared)) {
    core_.setup.shared->log->info("connection {}: new credentials of user {} "
                                  "{}",
                                  core_.setup.id, to_json(scope_->user.id),
                                  why_refused(result));
    return to_reply(errc::not_authenticated, "Invalid credentials.");
  }
  auto& accepted = *result.accepted;
  if (!is_same_id(scope_->user.id, accepted.who.id))
    return to_reply(errc::permission_denied,
                    "The credentials are those of another user.");
  auto next = std::make_shared<stagedoor::scope>(*scope_);
  next->user = std::move(accepted.who);
  change_scope(std::move(next));
  expires_ = accepted.expires;
  check_expiry();
  return success_of_refresh(scope_->user, expires_);
}

void credential_watch::finish_refresh(const reply& answer) {
  caf_api::demonitor(*core_.self, core_.setup.roles->authenticator.address());
  count_refresh(answer);
  owner_.refreshed(std::exchange(refreshing_, 0), answer);
}

void credential_watch::count_refresh(const reply& answer) {
  if (core_.metrics != nullptr)
    core_.metrics->messages(endpoint_->spec.path, std::string{auth_route})
        .at(std::string_view{"refresh"})
        .answers.at(answer.status)
        .add();
}

// -- what is derived from the credentials -------------------------------------

/// The only place where the scope is replaced: what was derived from the one
/// before falls here.
void credential_watch::change_scope(scope_ptr scope) {
  scope_ = std::move(scope);
  forget_decisions();
}

void credential_watch::forget_decisions() {
  // Questions that are under way keep the old ones to themselves.
  decisions_ = std::make_shared<decision_cache>(
      core_.bounds().cached_decisions_max, core_.setup.shared->cache_counts);
}

bool credential_watch::invalidate(const std::string& id) {
  const auto is_meant = id.empty() || belong_to(id);
  if (is_meant)
    forget_decisions();
  return is_meant;
}

} // namespace stagedoor
