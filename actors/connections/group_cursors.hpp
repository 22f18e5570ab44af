#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/actors/connections/outbox.hpp"
#include "stagedoor/actors/history_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

namespace stagedoor {

/// How far the client of one connection has got in each group with a history
/// that it is in. An event goes to the client at once if it follows the last
/// one that the client has. Whatever else happens (the client is slow, its
/// guard is being asked, an event has not come), the cursor stays where it is,
/// and the events behind it are read from the history as soon as the client may
/// have them and its queue has room. A client that falls behind what is kept is
/// told so, and gets nothing more of that group until it resumes.
///
/// So no event waits here, and what comes out of order or twice does no harm.
/// Limits: those of the histories.
/// Thread rule: belongs to one connection.
class group_cursors {
public:
  /// Bytes of texts that are read from a history at a time.
  static constexpr std::size_t page_bytes = 64 * 1024;

  /// What a client that resumes is told.
  struct resumption {
    bool is_recovered = false;
    /// How many events follow, if it is recovered.
    std::uint64_t missed = 0;
    /// Of the last event of the group.
    group_position last = {};
  };
  /// Nothing if the client has left the group meanwhile.
  using resumed = std::function<void(const std::optional<resumption>&)>;

  group_cursors(const connection_core& core, outbox& out)
      : core_(core), outbox_(out) {}

  /// The client has joined a group and is told where it stands, unless somebody
  /// else has had it enter already.
  /// @param replay how many of the last events it gets behind that.
  /// @param sequence the message whose reply comes first; 0 if there is none.
  void enter(const std::string& group, std::size_t replay,
             std::uint64_t sequence);

  /// The client has joined a group and has all events up to a position, or
  /// names one anew. If the history has all that follow, the client gets those
  /// behind the reply to its message, and otherwise only new ones.
  void resume(const std::string& group, const group_position& from,
              std::uint64_t sequence, resumed then);

  /// The client has left a group.
  void forget(const std::string& group);

  /// The guard of a group is asked again; until it allows, the client gets
  /// nothing of the group.
  void guard_is_asked(const std::string& group);
  void guard_allows(const std::string& group);

  /// Takes an event.
  /// @returns false if the client is too slow for it. It will read it from the
  ///          history, unless its group closes slow members.
  [[nodiscard]] bool take(const numbered_event& event);

  [[nodiscard]] bool has(const std::string& group) {
    return find(group) != nullptr;
  }
  /// Whether the client is to hear nothing of a group until it resumes.
  [[nodiscard]] bool is_lost(const std::string& group);

  /// Whether something waits for the reply to a message.
  [[nodiscard]] bool await_reply() const { return awaited_replies_ > 0; }
  /// The reply to a message has been sent.
  void replied(std::uint64_t sequence);

  /// The client's queue has room: goes on.
  void advance();

  /// The connection closes: nothing is sent any more.
  void stop() { cursors_.clear(); }

private:
  enum class stage {
    /// The history is asked where the group stands.
    entering,
    /// The client has all events up to the cursor, and there are or may be
    /// more.
    behind,
    /// It has all events.
    live,
    /// It has lost events and knows it.
    lost,
  };

  struct cursor {
    std::string group;
    stage state = stage::entering;
    /// Of the last event that the client has.
    group_position at = {};
    /// Where the group stood when the client came. It is told before anything
    /// else.
    std::optional<group_position> untold = {};
    /// See `enter`.
    std::size_t replay = 0;
    /// Where the client resumes, and who is told what comes of it.
    group_position from = {};
    resumed then = {};
    /// The question to the history that is under way; 0: none.
    std::uint64_t question = 0;
    /// Of the last event that has come since the question, if there is one.
    group_position seen = {};
    /// The message whose reply comes first; 0: none.
    std::uint64_t awaited = 0;
    bool is_guard_asked = false;
  };

  cursor* find(const std::string& group);
  void wait_for_reply(cursor& what, std::uint64_t sequence);
  cursor& begin(const std::string& group, std::uint64_t sequence);
  [[nodiscard]] bool may_send(const cursor& what) const;
  void send_next(cursor& what, const numbered_event& event);
  void fall_behind(cursor& what, const group_position& seen);
  void advance(cursor& what);
  void ask(cursor& what, std::size_t bytes_max);
  void answered(std::uint64_t question, const history_part& part);
  void failed(std::uint64_t question);
  std::list<cursor>::iterator asker_of(std::uint64_t question);
  static std::optional<resumption> place(cursor& what,
                                         const history_part& part);
  void read(cursor& what, const history_part& part);

  const connection_core& core_;
  outbox& outbox_;
  std::list<cursor> cursors_;
  std::uint64_t last_question_ = 0;
  /// The question for a page that is under way; 0: none. There is one at a
  /// time, so that no more is read than the client's queue may take.
  std::uint64_t page_question_ = 0;
  std::size_t awaited_replies_ = 0;
};

} // namespace stagedoor
