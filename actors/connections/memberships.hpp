#pragma once

#include "stagedoor/actors/connections/outbox.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// The groups of one connection, and the events of groups that are held until
/// its client takes them.
/// Limits: `groups_max`, `group_name_bytes_max`, `member_meta_bytes_max`,
/// `held_events_max`.
class memberships {
public:
  memberships(const connection_core& core, outbox& out)
      : core_(core), outbox_(out) {}

  /// Joins a group that an action names. Joining again changes nothing but
  /// what is said of the member.
  /// @param meta JSON; absent leaves what is said as it is.
  /// @returns errc::none, errc::invalid_group, errc::too_many_groups or
  ///          errc::invalid_meta.
  [[nodiscard]] errc join(std::string group, scope_ptr scope,
                          std::optional<std::string> meta = {});

  /// Says something else of a member; nothing changes if it is none.
  /// @returns errc::none or errc::invalid_meta.
  [[nodiscard]] errc update_meta(const std::string& group, scope_ptr scope,
                                 std::string meta);

  /// Tells the hubs who the client is now.
  void refresh(const scope_ptr& scope);

  /// A subscription hub has subscriptions of the client from now on, or has
  /// none any more.
  void subscribed(const caf::actor& hub) { subscriptions_.push_back(hub); }
  void unsubscribed(const caf::actor& hub) { std::erase(subscriptions_, hub); }

  /// Tells the hub of a membership that does not count against `groups_max`.
  void enter(std::string group, scope_ptr scope, std::string meta = {});

  /// Leaves a group that `join` has joined; any other name changes nothing.
  void leave(const std::string& group);

  /// Sends an event, or does what the group wants for a slow member, which is
  /// told how many events it has lost as soon as there is room.
  /// @returns false if the connection must close because the group closes slow
  ///          members.
  [[nodiscard]] bool deliver(const group_event& event);

  /// Keeps an event until `send_held`.
  void hold(const group_event& event);

  /// Tells what is lost and sends what is held, as far as the outbox takes it.
  void send_held();

  /// Drops what is held, because the connection closes.
  void drop_held();

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

  [[nodiscard]] bool is_member(const std::string& group) const;
  void count_loss(const group_event& event, drop_reason why);
  void tell_losses();

  const connection_core& core_;
  outbox& outbox_;
  /// All but the group of the connection's user.
  std::vector<std::string> groups_;
  /// The hubs that have subscriptions of the client.
  std::vector<caf::actor> subscriptions_;
  /// The oldest first.
  std::list<held_event> held_;
  /// Of groups that the client is in, one entry each.
  std::vector<loss> losses_;
};

} // namespace stagedoor
