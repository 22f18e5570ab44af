#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/decision_cache.hpp"
#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The reason of a close for revoked credentials.
inline constexpr std::string_view credentials_revoked = "credentials_revoked";

/// What the log says of credentials that are not taken: `expired`, or `refused`
/// and why, if that is known.
std::string why_refused(const authentication& result);

/// Whether credentials have ended by the server's wall clock.
bool has_expired(const identity& credentials, const runtime& shared);

/// Whether an order to revoke or to invalidate that names this ID means the
/// user. No order means an anonymous user.
bool is_named_by(const user& candidate, const std::string& id);

/// The credentials of one open connection: whom they belong to, when they
/// expire, and their refresh through `$auth/`.
/// Limits: `credential_grace`, `can_connect_timeout` (of a refresh),
/// `cached_decisions_max`.
class credential_watch {
public:
  /// The connection, as its credentials see it.
  class owner {
  public:
    /// The credentials have expired, and the grace is over.
    virtual void credentials_expired() = 0;
    /// This is the answer to a refresh that the authenticator was asked about.
    virtual void refreshed(std::uint64_t sequence, const reply& answer) = 0;

  protected:
    ~owner() = default;
  };

  /// @param on_expiry the callback of the deadline; `check_expiry` is due then.
  credential_watch(const connection_core& core, owner& connection,
                   std::function<void()> on_expiry)
      : core_(core), owner_(connection), expiry_(std::move(on_expiry)) {}

  /// Takes what the opening request has brought.
  /// @param expires by the wall clock; absent: never.
  void begin(const compiled_endpoint& endpoint, scope_ptr scope,
             std::optional<std::chrono::system_clock::time_point> expires);

  /// The scope of the next message; null until `begin`.
  [[nodiscard]] const scope_ptr& scope() const { return scope_; }

  /// Decisions about this scope.
  [[nodiscard]] const std::shared_ptr<decision_cache>& decisions() const {
    return decisions_;
  }

  /// Watches the expiry from now on.
  void start();
  void stop();
  void check_expiry();

  /// Tells the connection if the credentials and their grace have ended by the
  /// wall clock. A deadline is late if the clock is set or the machine sleeps.
  /// @returns whether they have.
  bool end_if_over();

  /// Handles a refresh.
  /// @param sequence not 0.
  /// @returns its answer; nothing if the owner is told later.
  [[nodiscard]] std::optional<reply> refresh(client_message message,
                                             std::uint64_t sequence);

  /// Drops the cached decisions if this ID is the user's, or if it is empty.
  /// @returns whether it is.
  bool invalidate(const std::string& id);

  /// Whether the credentials are those of the user with this ID.
  [[nodiscard]] bool belong_to(const std::string& id) const {
    return scope_ && is_named_by(scope_->user, id);
  }

private:
  reply take(authentication& result);
  void finish_refresh(const reply& answer);
  void count_refresh(const reply& answer);
  void change_scope(scope_ptr scope);
  void forget_decisions();

  const connection_core& core_;
  owner& owner_;
  deadline expiry_;
  bool is_watching_ = false;
  const compiled_endpoint* endpoint_ = nullptr;
  scope_ptr scope_;
  /// Falls with the scope.
  std::shared_ptr<decision_cache> decisions_;
  /// When the user's credentials end, by the wall clock.
  std::optional<std::chrono::system_clock::time_point> expires_;
  /// The message that the authenticator is asked for; 0 if there is none.
  std::uint64_t refreshing_ = 0;
};

} // namespace stagedoor
