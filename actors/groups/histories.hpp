#pragma once

#include "stagedoor/actors/groups/group_history.hpp"
#include "stagedoor/actors/history_messages.hpp"

#include "caf/fwd.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stagedoor {

/// The histories of all groups of a server. Beside the bounds of each history
/// there is one for all of them together: beyond it, the group that has been
/// silent for the longest time loses its oldest events first.
///
/// A history of which no event is kept is forgotten, with its epoch, when its
/// group has had no members and has not been asked for during the age of its
/// events; with the next sweep, if there has been none.
/// Thread rule: one owner, which says what time it is.
class histories {
public:
  using time_point = group_history::time_point;

  /// @param bytes_max of the texts of all groups.
  /// @param unused_max the histories of groups without members. When there are
  ///        more, those go that have not been used for the longest time.
  /// @param make_epoch is called for each history that begins.
  histories(std::size_t bytes_max, std::size_t unused_max,
            std::function<std::uint64_t()> make_epoch)
      : bytes_max_(bytes_max), unused_max_(unused_max),
        make_epoch_(std::move(make_epoch)) {}

  /// Begins the history of a group, unless it has one.
  void open(const std::string& group, const history& bounds, time_point now);
  [[nodiscard]] bool has(const std::string& group) const {
    return groups_.contains(group);
  }

  /// Numbers an encoded event of a group that has a history, and keeps it.
  numbered_text add(const std::string& group, std::string_view encoded,
                    time_point now);

  /// Reads the history of a group that has one.
  history_part read(const history_query& query, time_point now);

  /// A unit has members of a group that has a history, or has none any more.
  /// @param hub that of the unit.
  void use(const group_use& told, caf::actor_id hub, time_point now);

  /// Drops what is too old, and forgets what nobody needs. To be called from
  /// time to time.
  void sweep(time_point now);

  /// Bytes of all texts that are kept.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// The number of histories.
  [[nodiscard]] std::size_t size() const { return groups_.size(); }

private:
  struct entry {
    group_history events;
    std::uint64_t epoch = 0;
    std::chrono::milliseconds age{};
    /// The hubs of the units that have members.
    std::set<caf::actor_id> hubs = {};
    time_point last_used = {};
    /// Its place in `unused_`, if it has no hubs.
    std::optional<std::list<std::string>::iterator> unused = {};
    /// Its place in `by_silence_`, if it has one.
    std::list<entry*>::iterator place = {};
    bool has_place = false;
  };

  /// Does something to a history, and counts the bytes again.
  template <class F>
  void change(entry& what, F f) {
    bytes_ -= what.events.bytes();
    f(what.events);
    bytes_ += what.events.bytes();
  }
  void heard(entry& what);
  void use(entry& what, time_point now);
  void forget(const std::string& group);

  std::size_t bytes_max_;
  std::size_t unused_max_;
  std::function<std::uint64_t()> make_epoch_;
  std::unordered_map<std::string, entry> groups_;
  /// Those that may have events; the one that has been silent the longest is
  /// the first.
  std::list<entry*> by_silence_;
  /// The groups without members; the one that has not been used for the longest
  /// time is the first.
  std::list<std::string> unused_;
  std::size_t bytes_ = 0;
};

} // namespace stagedoor
