#pragma once

#include "stagedoor/actors/connections/conduct.hpp"
#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/actors/connections/credential_watch.hpp"
#include "stagedoor/actors/connections/following_pages.hpp"
#include "stagedoor/actors/connections/idle_watch.hpp"
#include "stagedoor/actors/connections/memberships.hpp"
#include "stagedoor/actors/connections/opening_stage.hpp"
#include "stagedoor/actors/connections/outbox.hpp"
#include "stagedoor/actors/connections/own_messages.hpp"
#include "stagedoor/actors/connections/restart_notice.hpp"

#include <boost/container/flat_map.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace stagedoor {

class connection_state : transport_owner,
                         opening_stage::owner,
                         credential_watch::owner,
                         memberships::owner,
                         own_messages::owner {
public:
  using pointer = pinned_pointer<connection_actor, connection_state>;

  static inline const char* name = "stagedoor.connection";

  explicit connection_state(pointer self);

  /// Ends the socket if the actor dies before it.
  ~connection_state();

  connection_actor::behavior_type start(connection_setup setup);

private:
  /// The behavior of all connections of a unit, to save the memory of one each.
  static connection_actor::behavior_type behavior_on(const unit& home);

  /// What is kept of a message until its envelope is sent.
  using head_ptr = std::shared_ptr<const message_head>;

  enum class stage {
    /// Until the 101 is written; see opening_stage.hpp.
    opening,
    open,
    /// An answer or a close frame is on its way; nothing is handled any more.
    closing,
  };

  // -- opening ----------------------------------------------------------------

  void happened(transport_event& event) override {
    core_.self->enter(
        [&] { std::visit([this](auto& what) { on(what); }, event.what); });
  }

  /// What the socket says until the 101 is written.
  template <class Event>
  void on(Event& event) {
    opening_->on(event);
  }
  /// The last of it; the opening stage ends.
  void on(handshake_done& event) {
    std::exchange(opening_, nullptr)->on(event);
  }

  void accepted(const opening_stage::outcome& result) override;
  void opened(const opening_stage::outcome& result) override;
  void refused() override { stage_ = stage::closing; }
  void given_up() override {
    transport_ended event{close_code::none, {}};
    on(event);
  }

  // -- messages, in order -----------------------------------------------------

  /// A message that was decoded right into its request.
  struct arrival {
    request_draft draft;
    decoding outcome;
  };

  void read_if_room();
  void on(message_arrived& event);
  void on(client_closed& event);
  [[nodiscard]] bool is_free() const;
  void handle_waiting();
  void handle(arrival& next);
  void handle_here(client_message& message, std::uint64_t sequence);
  void ask_router(request_draft&& draft, std::uint64_t sequence);

  // -- replies ----------------------------------------------------------------

  void refreshed(std::uint64_t sequence, const reply& answer) override {
    if (!answer.has_errors())
      memberships_.refresh();
    on_reply(sequence, answer);
    if (!answer.has_errors())
      own_messages_.ask_again();
  }
  void checked(std::uint64_t sequence, const reply& answer) override {
    on_reply(sequence, answer);
  }
  void resumed(std::uint64_t sequence, const reply& answer) override {
    on_reply(sequence, answer);
  }

  [[nodiscard]] bool is_unanswered(std::uint64_t sequence) const override {
    return (current_ && sequence == last_sequence_)
           || concurrent_.contains(sequence);
  }
  void on_reply(std::uint64_t sequence, const reply& answer);
  void on_late_reply(late_reply& late);
  /// Answers a message that goes to no handler.
  void answer_here(const message_head& head, const reply& answer) {
    core_.count_unhandled(*endpoint_, answer.status);
    send_envelope(head, answer);
  }
  /// Sends the reply, and then what waits for it.
  void reply_to(const message_head& head, std::uint64_t sequence,
                const reply& answer) {
    send_envelope(head, answer);
    memberships_.replied(sequence);
  }
  void send_envelope(const message_head& head, const reply& answer) {
    if (stage_ == stage::open && !answer.is_silent())
      outbox_.send(head, answer, *endpoint_);
  }

  // -- pushes and events of groups --------------------------------------------

  /// @param sequence of the message that has it join.
  caf::result<void> join(const std::string& group,
                         std::optional<std::string> meta,
                         std::uint64_t sequence) {
    if (stage_ != stage::open)
      return make_error(errc::unavailable);
    return memberships_.join(group, std::move(meta), sequence);
  }
  caf::result<void> update_meta(const std::string& group, std::string& meta) {
    if (stage_ != stage::open)
      return make_error(errc::unavailable);
    return memberships_.update_meta(group, std::move(meta));
  }
  void broadcast(group_broadcast&& told) {
    core_.self->send(core_.setup.roles->groups, std::move(told));
  }
  void push(const event& pushed);
  void on_group_event(const group_event& event);
  void on_group_event(const numbered_event& event) {
    if (stage_ == stage::open)
      memberships_.take(event);
  }
  void too_slow() override;
  void on(outbound_drained& event);

  // -- the end ----------------------------------------------------------------

  void expired(std::uint64_t deadline_id);
  void credentials_expired() override {
    close(close_code::credentials_expired, "credentials_expired");
  }
  void revoke(const std::string& id) {
    if (stage_ == stage::opening)
      opening_->revoke(id);
    else if (credentials_.belong_to(id))
      close(close_code::credentials_expired, std::string{credentials_revoked});
  }
  void invalidate(const invalidation_order& order) {
    if (!credentials_.invalidate(order.user_id))
      return;
    memberships_.ask_guards_again(order.hold);
    own_messages_.ask_again();
  }
  void drain();
  void close_if_finished();
  /// For a close that was asked for by other actors.
  void close_as_told(close_code code, std::string reason);
  /// @param code close_code::none answers the close of the client.
  void close(close_code code, std::string reason);
  void on(transport_ended& event);

  connection_core core_;
  stage stage_ = stage::opening;
  /// The client sends nothing more. What it has sent is still answered.
  bool is_finishing_ = false;
  /// The 101 has been written.
  bool was_open_ = false;
  /// Set with the 101.
  const compiled_endpoint* endpoint_ = nullptr;
  /// Of that endpoint.
  role<router_actor> router_;

  // The parts; each has a header of its own.
  /// Null once the 101 is written.
  std::unique_ptr<opening_stage> opening_;
  credential_watch credentials_;
  outbox outbox_;
  memberships memberships_;
  own_messages own_messages_;
  following_pages pages_;
  idle_watch idle_;
  /// Set when the connection starts.
  std::optional<conduct> conduct_;

  /// Set once the client knows that the server drains.
  std::optional<restart_notice> restart_;

  // Messages.
  /// Those that wait for their turn.
  std::list<arrival> waiting_;
  /// The router is being asked, and whoever asks it goes on by itself.
  bool is_asking_ = false;
  std::uint64_t last_sequence_ = 0;
  /// The message that is being handled.
  head_ptr current_;
  /// Messages of concurrent actions, by sequence.
  boost::container::flat_map<std::uint64_t, head_ptr> concurrent_;
  /// For the log.
  std::uint64_t messages_received_ = 0;
};

/// One client, from its opening request to the close.
///
/// Receives: events of its socket; replies (handlers, through the router's
/// delegation); late replies of concurrent actions; pushes; orders to join and
/// leave groups (runners), and their events (group hub); drain, close,
/// revocations and invalidations; the authenticator's death.
/// Sends: credentials, when it opens and when they are refreshed
/// (authenticator); can_connect, and the questions to the guards of groups
/// (permission pool); each message, decoded, in order, one at a time (router),
/// but those for `$auth/`, `$can/` and `$groups/`, which it handles itself; the
/// questions of `$can/` (router); envelopes and events (its socket); which
/// groups it is in (group hub); questions to histories (history keeper).
/// Limits: `handshake_timeout`, `can_connect_timeout`, `waiting_messages_max`,
/// `concurrent_actions_max`, `message_rate_max`, `malformed_in_row_max`,
/// `throttled_in_row_max`, `idle_timeout`, `ping_interval`, `outbound_*`,
/// `write_stall_timeout`, `credential_grace`, `cached_decisions_max`,
/// `groups_max`, `group_name_bytes_max`, `member_meta_bytes_max`,
/// `held_events_max`, `guarded_events_max`, `paged_lists_max`,
/// `can_queries_max`, `can_watched_max`.
/// Ends when: its socket has ended.
/// Next on the path: router.hpp.
connection_actor::behavior_type connection(connection_state::pointer self,
                                           connection_setup setup);

} // namespace stagedoor
