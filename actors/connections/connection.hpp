#pragma once

#include "stagedoor/actors/connections/message_rate.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/unit_roles.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace stagedoor {

class unit_metrics;

/// What a connection works with.
struct connection_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  unit_roles_ptr roles;
  std::shared_ptr<transport> socket;
  /// Set while the server drains.
  std::shared_ptr<const std::atomic<bool>> draining;
  std::uint64_t id = 0;
  /// The server has as many connections as it may: this one hears a 503.
  bool over_limit = false;
};

/// What the routes begin with that a connection handles itself, whatever the
/// endpoint's own routes are.
inline constexpr std::string_view auth_route = "$auth/";

class connection_state {
public:
  using pointer = pinned_pointer<connection_actor, connection_state>;

  static inline const char* name = "stagedoor.connection";

  explicit connection_state(pointer self);

  /// Ends the socket if the actor dies before it.
  ~connection_state();

  connection_actor::behavior_type start(connection_setup setup);

private:
  enum class stage {
    /// The opening request has not come whole.
    reading_head,
    /// The authenticator and the permission pool are asked.
    deciding,
    /// The 101 is on its way.
    accepting,
    open,
    /// An answer or a close frame is on its way; nothing is handled any more.
    closing,
  };

  /// A message that waits for its turn.
  struct waiting_message {
    client_message message;
    /// Set if the message is answered without being handled.
    errc error = errc::none;
    std::string detail;
  };

  /// A close that follows the 101.
  struct planned_close {
    close_code code;
    /// A literal.
    std::string_view reason;
  };

  // -- opening, in order (connection_opening.cpp) -----------------------------

  void on(head_arrived& event);
  void on(head_refused& event);
  void on_authenticated(authentication& result);
  void ask_can_connect();
  void on_can_connect(const decision& result);
  void opening_is_late();
  void accept();
  void refuse(http_answer answer, const std::string& reason);
  void refuse_or_close(http_answer answer, const std::string& reason,
                       planned_close next);
  void opening_failed(const caf::error& error);
  void count_handshake(std::uint16_t result);
  void on(handshake_done& event);

  // -- credentials (connection_credentials.cpp) -------------------------------

  [[nodiscard]] bool has_expired(const identity& whom) const;
  void watch_expiry();
  void handle_auth(client_message message, std::uint64_t sequence);
  reply refresh(authentication& result);
  void finish_refresh(const reply& answer);
  void scope_changed(scope_ptr now);
  void forget_decisions();
  void revoke(const std::string& id);
  void invalidate(const std::string& id);
  [[nodiscard]] bool is_user(const std::string& id) const;

  // -- messages, in order -----------------------------------------------------

  void read_if_room();
  void on(message_arrived& event);
  [[nodiscard]] bool is_free() const;
  void handle_waiting();
  void handle(waiting_message next);
  void on_reply(std::uint64_t sequence, const reply& answer);
  void on_late_reply(late_reply& late);
  void answer_here(const message_head& head, const reply& answer);
  void count_unhandled(const reply& answer);
  void count_refresh(const reply& answer);
  void send_envelope(const message_head& head, const reply& answer);
  void send(std::string_view text);
  void count_refusal(errc error);

  // -- groups (connection_groups.cpp) -----------------------------------------

  caf::result<void> join(std::string& group);
  void enter(std::string group);
  void leave(const std::string& group);
  void on_group_event(const group_event& event);
  void hold(const group_event& event);
  void send_held();
  void drop_held();
  void count_drop(drop_reason why, std::size_t count = 1);

  // -- the rest of a connection's life ----------------------------------------

  void on(outbound_drained& event);
  void on(transport_ended& event);
  void push(const event& what);
  void expired(std::uint64_t which);
  void check_idle();
  void check_stall();
  void drain();
  void close_if_drained();
  void close(close_code code, std::string reason);
  void end(close_code code, const std::string& reason);
  void count_end(close_code code);

  [[nodiscard]] const limits& bounds() const { return setup_.shared->limits; }

  pointer self_;
  connection_setup setup_;
  /// Null if nothing is counted.
  unit_metrics* metrics_ = nullptr;
  stage stage_ = stage::reading_head;
  bool draining_ = false;
  /// The 101 has been written.
  bool opened_ = false;

  // Opening.
  std::unique_ptr<stagedoor::scope> unfinished_scope_;
  const compiled_endpoint* endpoint_ = nullptr;
  /// While can_connect is asked.
  std::shared_ptr<evaluation> guard_;
  /// With accept-then-close, or if the credentials are revoked that late.
  std::optional<planned_close> close_after_accept_;
  /// Whose credentials were revoked while the authenticator was asked.
  std::vector<std::string> revoked_meanwhile_;

  // Messages.
  scope_ptr scope_;
  /// Falls with the scope.
  std::shared_ptr<decision_cache> decisions_;
  /// When the user's credentials end, by the wall clock.
  std::optional<std::chrono::system_clock::time_point> expires_;
  /// The message for which the authenticator is asked; 0 if there is none.
  std::uint64_t refreshing_ = 0;
  std::optional<message_rate> rate_;
  bool reading_ = false;
  unit::clock::time_point reading_since_;
  std::list<waiting_message> waiting_;
  std::uint64_t last_sequence_ = 0;
  /// The message that is being handled.
  std::optional<message_head> current_;
  std::unordered_map<std::uint64_t, message_head> concurrent_;
  std::size_t malformed_in_row_ = 0;
  std::size_t throttled_in_row_ = 0;

  // Groups, but that of the user.
  std::vector<std::string> groups_;
  /// Events that wait for the 101, or while the client is slow.
  std::list<std::shared_ptr<const std::string>> held_;

  deadline opening_;
  deadline idle_;
  deadline stall_;
  deadline expiry_;
  std::uint64_t bytes_taken_before_ = 0;

  // For the log.
  std::uint64_t messages_received_ = 0;
  std::uint64_t pushes_dropped_ = 0;
};

/// One client, from its opening request to the close.
///
/// Receives: what its socket says; replies (handlers, through the router's
/// delegation); late replies of concurrent actions; pushes; orders to join and
/// leave groups (runners), and their events (group hub); drain, close,
/// revocations and invalidations; the authenticator's death.
/// Sends: credentials, when it opens and when they are refreshed
/// (authenticator); can_connect (permission pool); each message, decoded, in
/// order, one at a time (router), but those for `$auth/`, which it handles
/// itself; envelopes and events (its socket); which groups it is in (group
/// hub).
/// Limits: `handshake_timeout`, `can_connect_timeout`, `waiting_messages_max`,
/// `concurrent_actions_max`, `message_rate_max`, `malformed_in_row_max`,
/// `throttled_in_row_max`, `idle_timeout`, `ping_interval`, `outbound_*`,
/// `write_stall_timeout`, `credential_grace`, `cached_decisions_max`,
/// `groups_max`, `group_name_bytes_max`, `held_events_max`.
/// Ends when: its socket has ended.
/// Next on the path: router.hpp.
connection_actor::behavior_type connection(connection_state::pointer self,
                                           connection_setup setup);

} // namespace stagedoor
