#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// Tells clients something, from any place: blocking actions, actors and
/// threads of the application. Copies are cheap, and what is said through them
/// is carried out in the order in which it was said. So a client that is made
/// to leave a group gets nothing that is broadcast to the group afterwards, and
/// one that is made to join gets all of that.
///
/// What an action says through it may reach members before the reply reaches
/// the client. What `broadcasts(…)` tells comes behind the reply.
///
/// It is made before its server, which gets it by
/// `server_options::notifier`. What is said before the server is there waits.
/// What is said when it has stopped is dropped.
///
/// A client is named by its connection's actor, `context::connection()`.
/// Thread rule: any thread.
class notifier {
public:
  /// What may wait for the server. More is dropped, and counted in the log.
  static constexpr std::size_t waiting_max = 10'000;

  explicit notifier(caf::actor_system& sys);

  /// Sends an event to all members of a group on all nodes.
  void broadcast(std::string group, event content) const;

  /// The same for all members but one, which need not be a member.
  void broadcast_to_others(const caf::actor& connection, std::string group,
                           event content) const;

  /// Sends an event to all connections of a user on all nodes.
  void push_to_user(const json::value& user_id, event content) const;

  /// Sends an event to one client. It is dropped while the client's outbound
  /// queue is full.
  void push(const caf::actor& connection, event content) const;

  /// Makes a client join a group. The log tells if it cannot, because the name
  /// is not valid or the client is in `limits::groups_max` groups.
  void join(const caf::actor& connection, std::string group) const;

  /// The same with something that is said of the member, see `context::join`.
  void join(const caf::actor& connection, std::string group,
            const json::value& meta) const;

  /// Replaces what is said of a member, see `context::update_meta`.
  void update_meta(const caf::actor& connection, std::string group,
                   const json::value& meta) const;

  /// Makes a client leave a group. It is no error if it is not in it.
  void leave(const caf::actor& connection, std::string group) const;

  /// Closes a connection when it has sent what was pushed to it before.
  /// @param reason UTF-8, of which 123 bytes are sent.
  void close_connection(const caf::actor& connection,
                        close_code code = close_code::normal,
                        std::string reason = {}) const;

  /// Closes the connections of a user, see `server::close_user`.
  /// @param id an integer in decimal, a string without quotes.
  void close_user(std::string_view id) const;

  /// The actor that does it, for code that sends messages. It may be sent to
  /// from other nodes.
  [[nodiscard]] const notifier_actor& actor() const { return actor_; }

  /// Where it tells of joins that fail, and whom it speaks to: the hubs of all
  /// units, and who closes the connections of users. The server calls it.
  void begin(std::shared_ptr<spdlog::logger> log, std::vector<caf::actor> hubs,
             caf::actor closer) const;

private:
  notifier_actor actor_;
};

} // namespace stagedoor
