#pragma once

#include "stagedoor/actors/connections/outbox.hpp"

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor {

/// The groups of one connection, and the events of groups that are held until
/// its client takes them.
/// Limits: `groups_max`, `group_name_bytes_max`, `held_events_max`.
class memberships {
public:
  memberships(const connection_core& core, outbox& out)
      : core_(core), outbox_(out) {}

  /// Joins a group that an action names. Joining again changes nothing.
  /// @returns errc::none, errc::invalid_group or errc::too_many_groups.
  [[nodiscard]] errc join(std::string group, scope_ptr scope);

  /// Tells the hubs who the client is now.
  void refresh(const scope_ptr& scope);

  /// A subscription hub has subscriptions of the client from now on, or has
  /// none any more.
  void subscribed(const caf::actor& hub) { subscriptions_.push_back(hub); }
  void unsubscribed(const caf::actor& hub) { std::erase(subscriptions_, hub); }

  /// Tells the hub of a membership that does not count against `groups_max`.
  void enter(std::string group, scope_ptr scope);

  /// Leaves a group that `join` has joined; any other name changes nothing.
  void leave(const std::string& group);

  /// Sends an event, or does what the group wants for a slow member.
  /// @returns false if the connection must close because the group closes slow
  ///          members.
  [[nodiscard]] bool deliver(const group_event& event);

  /// Keeps an event until `send_held`.
  void hold(const group_event& event);

  /// Sends what is held, as far as the outbox takes it.
  void send_held();

  /// Drops what is held, because the connection closes.
  void drop_held();

private:
  const connection_core& core_;
  outbox& outbox_;
  /// All but the group of the connection's user.
  std::vector<std::string> groups_;
  /// The hubs that have subscriptions of the client.
  std::vector<caf::actor> subscriptions_;
  /// The oldest first.
  std::list<std::shared_ptr<const std::string>> held_;
};

} // namespace stagedoor
