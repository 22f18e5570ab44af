#pragma once

#include "stagedoor/protocol/json/json.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor::testing {

/// Who has sent an event, and which of the events of this sender it is.
struct event_mark {
  std::string sender;
  std::int64_t number = 0;
};

/// What a checker cannot know of the messages of an application. Each function
/// may be empty. None may throw.
struct history_rules {
  /// Reads the mark of an event; nothing if it has none. Without this function,
  /// marks are the keys `sender`, a string, and `number`, an integer, of the
  /// data of events.
  std::function<std::optional<event_mark>(const json::object& event)> mark = {};

  /// The group that a message of a client asks to join, or to leave; nothing
  /// for other messages. The client has joined or left when the reply has a
  /// status of 200 to 299, and may have joined since it has asked. Without
  /// `joins`, any message may be one that joins.
  std::function<std::optional<std::string>(const json::object& message)> joins =
      {};
  std::function<std::optional<std::string>(const json::object& message)>
      leaves = {};

  /// How many events a group replays on a join at most; without this function,
  /// none.
  std::function<std::uint64_t(const std::string& group)> replays = {};
};

/// Checks what groups promise their members, from the texts that cross the
/// sockets of clients on all nodes, and from nothing else:
///
/// - The events of one sender reach a client in order, and none twice.
/// - After `group.revoked` and after leaving, nothing of the group is sent
///   before the client is in it again.
/// - The events of a group with history follow each other without a gap, from
///   the position that was told. After `group.lost` nothing follows before the
///   reply to a `resume`.
/// - An offset of an epoch of a group has the same text everywhere.
///
/// It does not know what is missing at the end: that everything has arrived is
/// for the test to expect.
/// Limits: the first `violations_max` violations are kept.
/// Thread rule: one thread.
class history_checker {
public:
  static constexpr std::size_t violations_max = 20;

  explicit history_checker(history_rules rules = {});

  /// Replaces the rules, for what comes from now on.
  void rules(history_rules rules) { rules_ = std::move(rules); }

  /// A client has sent a text.
  /// @param client the name of a connection, which no other one has.
  void sent(const std::string& client, std::string_view text);

  /// A text was sent to a client. Texts of one client come in their order.
  void received(const std::string& client, std::string_view text);

  /// The server, or somebody else, has made a client join or leave a group,
  /// which the texts do not tell.
  void joined(const std::string& client, const std::string& group);
  void left(const std::string& client, const std::string& group);

  /// What was wrong, in the order in which it came, each with its text.
  [[nodiscard]] const std::vector<std::string>& violations() const {
    return violations_;
  }

  /// How many events it has checked: those with a mark, or with an offset.
  [[nodiscard]] std::uint64_t checked() const { return checked_; }

private:
  /// Where a client is in a group with history.
  struct cursor {
    std::string epoch;
    std::uint64_t offset = 0;

    friend bool operator==(const cursor&, const cursor&) = default;
  };

  /// One client in one group.
  struct membership {
    std::optional<cursor> at = {};
    /// How many events up to there may be replayed.
    std::uint64_t replayed_max = 0;
    /// It has lost events, and has had no answer to a `resume` since.
    bool is_blocked = false;
    /// It has asked to resume.
    bool is_resuming = false;
    /// It is known not to be in the group.
    bool is_out = false;
    /// How many messages that ask to join have no reply.
    std::size_t joining = 0;

    /// Begins anew, but for what was asked.
    void restart(bool out) { *this = {.is_out = out, .joining = joining}; }
  };

  /// A message without a reply, whose reply may tell something.
  struct asked {
    json::object message;
    std::optional<std::string> joins;
    std::optional<std::string> leaves;
    bool resumes = false;
  };

  struct client_entry {
    std::map<std::string, membership> groups;
    /// By sender, the number of the last event.
    std::map<std::string, std::int64_t> marks;
    std::deque<asked> open;
    /// The last text was a reply.
    bool has_replied = false;
  };

  /// What is looked at, for the violations.
  struct subject {
    const std::string& client;
    client_entry& known;
    std::string_view text;
  };

  [[nodiscard]] bool is_outside(const subject& to,
                                const std::string& group) const;
  void replied(const subject& to, const json::object& envelope);
  void resumed(const subject& to, const json::object& message,
               const json::object& envelope);
  void resumed(const subject& to, const json::object& asked_for,
               const std::string& group, const json::object& entry);
  void told(const subject& to, const json::object& event);
  void told_position(const subject& to, const json::object& data);
  void told_loss(const subject& to, const json::object& data);
  void told_end(const subject& to, const json::object& data);
  void check_mark(const subject& to, const json::object& event);
  void check_offset(const subject& to, const std::string& group,
                    const json::object& event);
  void check_same(const subject& to, const std::string& group,
                  const cursor& at);
  void complain(const subject& to, const std::string& what);

  history_rules rules_;
  std::map<std::string, client_entry> clients_;
  /// By group, epoch and offset, the text of the event.
  std::map<std::pair<std::string, std::pair<std::string, std::uint64_t>>,
           std::string>
      texts_;
  std::vector<std::string> violations_;
  std::uint64_t checked_ = 0;
};

} // namespace stagedoor::testing
