#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/permissions/evaluation.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// The first stage of a connection's life, from the opening request to the 101.
/// It asks the rules for opening requests, the authenticator and the permission
/// pool, in this order, and sends the 101 or another HTTP answer.
/// Limits: `handshake_timeout`, `can_connect_timeout`.
/// Next on the path: opening_rules.hpp.
class opening_stage {
public:
  /// A close that follows the 101.
  struct planned_close {
    close_code code;
    /// A literal.
    std::string_view reason;
  };

  /// What the opening request has brought.
  struct outcome {
    const compiled_endpoint* endpoint = nullptr;
    scope_ptr scope;
    /// When the user's credentials end, by the wall clock; absent: never.
    std::optional<std::chrono::system_clock::time_point> expires;
    /// Set if the endpoint closes where others refuse, or if the credentials
    /// are revoked while the 101 is on its way.
    std::optional<planned_close> close;
  };

  /// The connection, as its opening stage sees it.
  class owner {
  public:
    /// The 101 is about to be sent.
    virtual void accepted(const outcome& result) = 0;
    /// The 101 is written.
    virtual void opened(const outcome& result) = 0;
    /// Another HTTP answer is on its way.
    virtual void refused() = 0;
    /// The client is not waited for any longer.
    virtual void given_up() = 0;

  protected:
    ~owner() = default;
  };

  /// @param on_expiry the callback of the deadline; `expired` is due then.
  opening_stage(const connection_core& core, owner& connection,
                std::function<void()> on_expiry)
      : core_(core), owner_(connection), deadline_(std::move(on_expiry)) {}

  // -- what the connection passes on ------------------------------------------

  /// The socket reads the opening request from now on.
  void start();
  void on(head_refused& event);
  void on(head_arrived& event);
  void on(handshake_done& event);
  void expired();
  void revoke(const std::string& id);
  void server_drains();

  /// The socket has ended, and no answer was sent.
  void client_gone();

private:
  enum class phase {
    /// The opening request has not come whole.
    reading_head,
    /// The authenticator and the permission pool are asked.
    deciding,
    /// The 101 is on its way.
    accepting,
    over,
  };

  // -- in order ---------------------------------------------------------------

  void ask_authenticator(std::string token);
  void on_authenticated(authentication& result);
  void ask_can_connect();
  void on_can_connect(const decision& result);
  void failed(const caf::error& error);
  void accept();
  void refuse(http_answer answer, const std::string& reason);
  void refuse_credentials(const std::string& reason);
  void refuse_or_close(http_answer answer, const std::string& reason,
                       planned_close close);
  void count(std::uint16_t status);

  const connection_core& core_;
  owner& owner_;
  deadline deadline_;
  phase phase_ = phase::reading_head;
  /// Until the user is known.
  std::unique_ptr<scope> unfinished_scope_;
  /// While can_connect is asked.
  std::shared_ptr<evaluation> guard_;
  /// The users whose credentials were revoked while the authenticator was
  /// asked.
  std::vector<std::string> revoked_meanwhile_;
  /// From the opening request to the 101.
  std::unique_ptr<outcome> outcome_;
};

} // namespace stagedoor
