#pragma once

#include "stagedoor/actors/operators/sampler.hpp"
#include "stagedoor/actors/operators/tally.hpp"
#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/permissions/permission_base.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

class unit;
struct runtime;

/// Why something was not sent to a client. A new reason gets a name below.
enum class drop_reason : std::uint8_t {
  /// A push to a client whose outbound queue was full.
  push,
  /// An event of a group, by what the group does about slow members.
  slow_member_newest,
  slow_member_oldest,
  slow_member_closed,
  /// An event for another node, for which too many waited.
  link_full,
  /// An event for another node that went before it had it.
  node_down,
  /// A reply or an event with something that JSON cannot express. The client
  /// has got a 500 in place of the reply.
  not_json,
  /// An event of a group whose guard was asked again, for which too many
  /// waited.
  guarded,
  /// An event of a group with a history, which had it no more when the member
  /// could have read it.
  history,
};

/// By `drop_reason`.
inline constexpr std::array<std::string_view, 9> drop_reason_names{
    "push",
    "slow_member_newest",
    "slow_member_oldest",
    "slow_member_closed",
    "link_full",
    "node_down",
    "not_json",
    "guarded",
    "history"};

/// The three questions, as they are counted.
inline constexpr std::array<question, 3> counted_questions{
    question::can_connect, question::has_permission,
    question::has_object_permission};

/// The verdicts, as they are counted: by `decision::verdict`.
inline constexpr std::array<std::string_view, 3> verdict_names{"allow", "deny",
                                                               "error"};

/// How messages of one action were answered, by status. 0 stands for the
/// success of an action that does not reply.
using answer_tallies = tally_table<std::uint16_t, tally>;

/// What is counted of the messages for one action.
struct message_tallies {
  answer_tallies answers;
  /// Of those that were sampled: the time with the permissions.
  time_tally permission_times;
  /// Of those of them that were permitted: the time with the action.
  time_tally action_times;
};

/// The same by action.
using action_tallies = tally_table<std::string, message_tallies>;

/// What one unit counts, in cache lines of its own. Each number is changed by
/// the thread of the unit and read by whoever collects them, so that units
/// share nothing.
///
/// No client makes a row: endpoints and routes are the patterns that the server
/// was started with, actions are those of its handlers, and all else is
/// `other_action`.
/// Limits: rows by the endpoints' actions and the statuses that they answer.
/// Thread rule: the unit's thread, where nothing else is said.
class alignas(64) unit_metrics {
public:
  /// What is counted of the questions of one kind.
  struct question_tallies {
    /// By `decision::verdict`.
    std::array<tally, verdict_names.size()> verdicts;
    time_tally times;
  };

  /// The name that actions are counted under which no handler has, and messages
  /// that have none.
  static constexpr std::string_view other_action = "other";

  /// What an opening request is counted under that was accepted, and one whose
  /// client went away.
  static constexpr std::uint16_t accepted = 101;
  static constexpr std::uint16_t gone = 0;

  /// The results of opening requests that are told of from the start.
  static constexpr std::array<std::uint16_t, 11> usual_results{
      gone, accepted, 400, 401, 403, 404, 408, 426, 431, 500, 503};

  /// What close codes are counted under that are a client's own.
  static constexpr std::uint16_t other_code = 1;

  /// The close codes that are told of from the start.
  static constexpr std::array<std::uint16_t, 16> usual_codes{
      0,    other_code, 1000, 1002, 1005, 1007, 1008, 1009,
      1011, 1012,       1013, 4012, 4013, 4401, 4403, 4408};

  /// @param chooser see `sampled`.
  explicit unit_metrics(sampler chooser = sampler{1}) : sampled(chooser) {}

  /// The metrics of a role's unit; null if nothing is counted.
  static unit_metrics* of(const runtime& shared, const unit& home);

  /// The row of one route of an endpoint.
  /// @param route the patterns from the root to the handler.
  action_tallies& messages(const std::string& endpoint,
                           const std::string& route) {
    return messages_.at(std::pair{endpoint, route});
  }

  /// Counts a message that no handler has seen.
  void count_unhandled(const std::string& endpoint, std::uint16_t status) {
    messages(endpoint, {}).at(other_action).answers.at(status).add();
  }

  /// Counts the end of a connection that was open.
  void count_close(close_code code);

  void count_drop(drop_reason why, std::uint64_t count = 1) {
    drops_[static_cast<std::size_t>(why)].add(count);
  }

  /// Counts an answer of the permissions to one question.
  void count_decision(question asked, const decision& answer,
                      time_tally::duration took);

  /// Says how many groups have members on this unit, and how many members they
  /// have here in all.
  void set_groups(std::size_t groups, std::size_t members) {
    groups_.set(groups);
    group_members_.set(members);
  }

  /// Chooses the messages whose times are measured.
  sampler sampled;
  /// Sockets of clients, from accept to their end.
  tally connections;
  /// Opening requests by the status of their answer; see `accepted` and `gone`.
  tally_table<std::uint16_t, tally> handshakes;
  /// Connections that were open, by the code that they closed with; see
  /// `count_close`.
  tally_table<std::uint16_t, tally> closes;
  /// How often the unit was busy for too long. The watchdog's thread counts.
  tally stalls;

  // -- for the collector; any thread ------------------------------------------

  /// By endpoint and route.
  using message_table =
      tally_table<std::pair<std::string, std::string>, action_tallies>;

  [[nodiscard]] const message_table& messages() const { return messages_; }
  [[nodiscard]] const tally& drops(drop_reason why) const {
    return drops_.at(static_cast<std::size_t>(why));
  }
  /// By `counted_questions`.
  [[nodiscard]] const question_tallies& decisions(std::size_t index) const {
    return decisions_.at(index);
  }
  [[nodiscard]] const tally& groups() const { return groups_; }
  [[nodiscard]] const tally& group_members() const { return group_members_; }

private:
  message_table messages_;
  std::array<tally, drop_reason_names.size()> drops_;
  std::array<question_tallies, counted_questions.size()> decisions_;
  tally groups_;
  tally group_members_;
};

/// What a server counts: the metrics of its units.
/// Thread rule: constant; see unit_metrics.
class server_metrics {
public:
  /// @param one_in the messages of which one is measured; 1 measures all, and
  ///        0 none.
  explicit server_metrics(std::size_t units, std::uint32_t one_in = 1);

  [[nodiscard]] unit_metrics& of_unit(std::size_t index) const {
    return *units_.at(index);
  }

  [[nodiscard]] std::size_t unit_count() const { return units_.size(); }

private:
  std::vector<std::unique_ptr<unit_metrics>> units_;
};

} // namespace stagedoor
