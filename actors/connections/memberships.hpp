#pragma once

#include "stagedoor/actors/connections/group_cursors.hpp"
#include "stagedoor/actors/connections/group_guards.hpp"
#include "stagedoor/actors/connections/outbox.hpp"

#include "caf/result.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// The groups of one connection, and the events of groups that are held until
/// its client takes them.
/// Limits: `groups_max`, `group_name_bytes_max`, `member_meta_bytes_max`,
/// `held_events_max`.
class memberships : group_guards::owner {
public:
  /// The connection, as its groups see it.
  class owner {
  public:
    /// The client is too slow for a group that closes slow members.
    virtual void too_slow() = 0;
    /// Whether the reply to this message is still to come.
    [[nodiscard]] virtual bool is_unanswered(std::uint64_t sequence) const = 0;

  protected:
    ~owner() = default;
  };

  memberships(const connection_core& core, const credential_watch& who,
              outbox& out, owner& told)
      : core_(core), who_(who), outbox_(out), owner_(told) {}

  /// Joins a group that an action names, if its guard allows it. Joining again
  /// changes nothing but what is said of the member.
  /// @param meta JSON; absent leaves what is said as it is.
  /// @returns errc::invalid_group, errc::too_many_groups, errc::invalid_meta,
  ///          the denial of the guard, or nothing.
  /// @param sequence the message whose reply comes before what the group says;
  ///        0 if there is none.
  caf::result<void> join(const std::string& group,
                         std::optional<std::string> meta,
                         std::uint64_t sequence);

  /// Lets the client be in a group with a history, if its guard allows it, and
  /// get what it has missed since a position, see `group_cursors::resume`.
  /// @param then gets nothing if the client is not in the group.
  void resume(const std::string& group, const group_position& from,
              std::uint64_t sequence, group_cursors::resumed then);

  [[nodiscard]] bool is_member(const std::string& group) const;

  /// The reply to a message has been sent.
  void replied(std::uint64_t sequence) {
    if (cursors_ && cursors_->await_reply())
      cursors_->replied(sequence);
  }

  /// Says something else of a member; nothing changes if it is none.
  /// @returns errc::invalid_meta or nothing.
  caf::result<void> update_meta(const std::string& group, std::string meta);

  /// Tells the hubs who the client is now, and asks the guards again.
  void refresh();

  /// Asks the guards of all groups again.
  /// @param hold see `invalidation_order`.
  void ask_guards_again(const std::shared_ptr<const void>& hold) {
    if (guards_)
      guards_->ask_again(hold);
  }

  /// The deadline of the guards has passed.
  void guards_due() {
    if (guards_)
      guards_->ask_due();
  }

  /// A subscription hub has subscriptions of the client from now on, or has
  /// none any more.
  void subscribed(const caf::actor& hub) { subscriptions_.push_back(hub); }
  void unsubscribed(const caf::actor& hub) { std::erase(subscriptions_, hub); }

  /// Tells the hub of a membership that does not count against `groups_max`.
  void enter(std::string group, std::string meta = {});

  /// Leaves a group that `join` has joined; any other name changes nothing.
  void leave(const std::string& group);

  /// Takes an event of a group. It waits while the guard of the group is asked
  /// again, and is dropped if the client is in that group no more.
  void take(const group_event& event) {
    if (!event.group->is_guarded || may_have(event))
      deliver(event);
  }

  /// Takes an event of a group with a history.
  void take(const numbered_event& event);

  /// Keeps an event until `send_held`.
  void hold(const group_event& event);

  /// Tells what is lost and sends what is held or can be read from histories,
  /// as far as the outbox takes it.
  void send_held();

  /// Drops what is held and asks no guard any more, because the connection
  /// closes.
  void stop();

private:
  /// An event that waits.
  struct held_event {
    group_event event;
    /// The JSON of the value that `slow_member::keep_newest` looks at; empty if
    /// there is none.
    std::string key;
  };

  /// Events of a group that the client did not get and was not told of.
  struct loss {
    std::string group;
    std::uint64_t count = 0;
  };

  [[nodiscard]] errc check_join(const std::string& group,
                                const std::optional<std::string>& meta) const;
  errc enter_allowed(const std::string& group,
                     std::optional<std::string> meta) override;
  void stay_asked(const std::string& group) override;
  void stay_allowed(const std::string& group,
                    const std::list<group_event>& waited,
                    std::uint64_t dropped) override;
  void stay_denied(const std::string& group) override;
  void forget(const std::string& group);
  group_guards& guards();
  group_cursors& cursors();
  void follow(const std::string& group, std::uint64_t sequence);

  [[nodiscard]] bool may_have(const group_event& event);
  void deliver(const group_event& event);
  void count_loss(const std::string& group, drop_reason why,
                  std::uint64_t count = 1);
  void tell_losses();

  const connection_core& core_;
  const credential_watch& who_;
  outbox& outbox_;
  owner& owner_;
  /// All but the group of the connection's user.
  std::vector<std::string> groups_;
  /// Null until the first join of a group with a guard.
  std::unique_ptr<group_guards> guards_;
  /// Null until the first join of a group with a history.
  std::unique_ptr<group_cursors> cursors_;
  /// The hubs that have subscriptions of the client.
  std::vector<caf::actor> subscriptions_;
  /// The oldest first.
  std::list<held_event> held_;
  /// The connection closes.
  bool is_over_ = false;
  /// Of groups that the client is in, one entry each.
  std::vector<loss> losses_;
};

} // namespace stagedoor
