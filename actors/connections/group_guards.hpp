#pragma once

#include "stagedoor/actors/connections/credential_watch.hpp"
#include "stagedoor/actors/connections/guard_turns.hpp"
#include "stagedoor/permissions/evaluation.hpp"
#include "stagedoor/protocol/group.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// Asks the guards of groups for one connection: when it is to enter a group,
/// and again for the groups that it is in. Until a guard has answered again,
/// the events of its group wait here.
/// Limits: `guarded_events_max`, `guard_turns::questions_max`,
/// `cached_decisions_max`.
/// Thread rule: belongs to one connection.
class group_guards : guard_turns::asker {
public:
  /// What becomes of the answers.
  class owner {
  public:
    /// The connection may enter.
    /// @param meta JSON; absent leaves what is said of the member.
    /// @returns errc::none, or why it does not enter all the same.
    virtual errc enter_allowed(const std::string& group,
                               std::optional<std::string> meta) = 0;
    /// The guard of a group that the connection is in is asked again.
    virtual void stay_asked(const std::string& group) = 0;
    /// The connection may stay.
    /// @param waited the events that have come meanwhile, the oldest first.
    /// @param dropped how many more have come behind them, for which there was
    ///        no room.
    virtual void stay_allowed(const std::string& group,
                              const std::list<group_event>& waited,
                              std::uint64_t dropped) = 0;
    /// The connection may not stay.
    virtual void stay_denied(const std::string& group) = 0;

  protected:
    ~owner() = default;
  };

  /// @param on_due the callback of the deadline; `ask_due` is due then.
  group_guards(const connection_core& core, const credential_watch& who,
               owner& told, std::function<void()> on_due)
      : core_(core), who_(who), owner_(told), turns_(turns_of(core)),
        due_(std::move(on_due)) {
    forget_decisions();
  }

  ~group_guards();

  group_guards(const group_guards&) = delete;
  group_guards& operator=(const group_guards&) = delete;

  /// How many groups beside this one the connection is to enter if their guards
  /// allow it.
  [[nodiscard]] std::size_t joins_beside(const std::string& group) const;

  /// What becomes of a question; an error says why the connection is not in. It
  /// is not called if the connection closes before.
  using on_answer = std::function<void(const caf::error&)>;

  /// Asks the guard of a group, whether or not the connection is in it.
  /// @param meta see `enter_allowed`.
  void join(const std::string& group, const compiled_group_rule& rule,
            fields captures, std::optional<std::string> meta, on_answer then);

  /// The connection is not in the group any more, or is not to enter it. A join
  /// that waits is answered with what the guard says, a question whether the
  /// connection may stay with errc::unavailable.
  void leave(const std::string& group);

  /// Something else is said of a member if it enters.
  void update_meta(const std::string& group, const std::string& meta);

  /// Takes an event of a guarded group.
  /// @returns false if the client may have it now.
  [[nodiscard]] bool holds_back(const group_event& event);

  /// Asks all guards again, those too that have not answered yet.
  /// @param hold see `invalidation_order`.
  void ask_again(const std::shared_ptr<const void>& hold);

  /// Asks those again whose time has come.
  void ask_due();

  /// The connection closes: nothing is asked any more.
  void stop();

private:
  /// A group with a guard that the connection is in, or is to enter.
  struct entry {
    std::string group;
    const compiled_group_rule* rule = nullptr;
    fields captures;
    bool is_member = false;
    /// The question that is under way; 0: none.
    std::uint64_t asking = 0;
    /// Whether that question still waits for its turn.
    bool is_queued = false;
    /// For the denial log, until the question is answered.
    std::shared_ptr<evaluation> about = nullptr;
    /// Of the orders to ask again that the question answers.
    std::vector<std::shared_ptr<const void>> holds = {};
    /// Whether it is asked again behind this question, and the orders for that.
    bool is_asked_again = false;
    std::vector<std::shared_ptr<const void>> later_holds = {};

    /// Who is told of the answer.
    std::vector<on_answer> askers = {};

    // Until the connection is in.
    std::optional<std::string> meta = {};
    /// It was to leave again before the guard had answered.
    bool has_left = false;

    // While the guard is asked again.
    std::list<group_event> waiting = {};
    std::uint64_t dropped = 0;

    /// When the guard is asked again; the latest time: never.
    unit::clock::time_point due = unit::clock::time_point::max();
  };

  using place = std::list<entry>::iterator;

  place find(const std::string& group);
  static std::shared_ptr<guard_turns> turns_of(const connection_core& core);
  void turn_is_free() override;
  void forget_decisions();
  void ask(entry& what);
  static void tell(std::vector<on_answer>& askers, const caf::error& error);
  void send_question(entry& what);
  void answered(std::uint64_t number, const decision& answer);
  void allow(place what);
  void deny(place what, const decision& answer);
  void log_denial(const entry& what, const decision& answer) const;
  void arm();

  const connection_core& core_;
  const credential_watch& who_;
  owner& owner_;
  /// Of the unit.
  std::shared_ptr<guard_turns> turns_;
  /// How many of the turns are taken here.
  std::size_t turns_taken_ = 0;
  /// Apart from those of messages: the route of a question is the name of a
  /// group, which a client may send as a route as well.
  std::shared_ptr<decision_cache> decisions_;
  std::list<entry> entries_;
  std::uint64_t last_number_ = 0;
  deadline due_;
};

} // namespace stagedoor
