#include "stagedoor/protocol/limits.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace stagedoor {

namespace {

constexpr std::size_t mebi = std::size_t{1} << 20;
constexpr std::size_t gibi = std::size_t{1} << 30;
constexpr std::size_t million = 1'000'000;

// Durations are counted in milliseconds here.
constexpr std::size_t day = std::size_t{24} * 60 * 60 * 1000;

/// JSON values are written, copied and destroyed by recursion.
constexpr std::size_t depth_most = 256;

constexpr auto table = std::to_array<limit_info>({
    {"message-bytes-max", "Bytes of one message of a client.",
     &limits::message_bytes_max, 1, gibi},
    {"json-depth-max", "Levels of nesting of a message.",
     &limits::json_depth_max, 1, depth_most},
    {"route-bytes-max", "Bytes of a route, query included.",
     &limits::route_bytes_max, 1, gibi},
    {"request-id-bytes-max", "Bytes of a request_id that is a string.",
     &limits::request_id_bytes_max, 1, gibi},
    {"head-bytes-max", "Bytes of the head of an opening request.",
     &limits::head_bytes_max, 1, mebi},
    {"handshake-timeout", "Time from accept to the end of the head.",
     &limits::handshake_timeout, 1, day},
    {"can-connect-timeout", "Time to decide on an opening request.",
     &limits::can_connect_timeout, 1, day},
    {"connections-max", "Open connections of the server.",
     &limits::connections_max, 1, 10 * million},
    {"refusals-max", "Connections over the limit that wait for their refusal.",
     &limits::refusals_max, 1, million},
    {"retry-after", "Time that a 503 tells a client to stay away.",
     &limits::retry_after, 1, day},
    {"permission-timeout", "Time for one question to a permission.",
     &limits::permission_timeout, 1, day},
    {"action-timeout", "Time for one action.", &limits::action_timeout, 1, day},
    {"waiting-messages-max", "Messages of a connection that wait their turn.",
     &limits::waiting_messages_max, 1, million},
    {"concurrent-actions-max", "Concurrent actions of one connection.",
     &limits::concurrent_actions_max, 1, million},
    {"blocking-workers", "Threads for blocking actions and permissions.",
     &limits::blocking_workers, 1, 1024},
    {"blocking-queue-max", "Blocking jobs that wait for a thread.",
     &limits::blocking_queue_max, 1, million},
    {"permission-workers", "Workers that ask permissions, in each unit.",
     &limits::permission_workers, 1, 1024},
    {"cached-decisions-max", "Cached permission decisions of one connection.",
     &limits::cached_decisions_max, 1, million},
    {"denials-kept-max", "Denials that the admin endpoint can show.",
     &limits::denials_kept_max, 1, million},
    {"message-rate-max",
     "Messages per second of one connection; 0 means unlimited.",
     &limits::message_rate_max, 0, million},
    {"message-burst-max",
     "Messages at once before the rate counts; 0 means as many as the rate.",
     &limits::message_burst_max, 0, million},
    {"keyed-states-max", "States of one route that live by key.",
     &limits::keyed_states_max, 1, million},
    {"keyed-state-timeout", "Time without messages until such a state ends.",
     &limits::keyed_state_timeout, 1, day},
    {"idle-timeout", "Time of silence after which a connection is closed.",
     &limits::idle_timeout, 1, day},
    {"ping-interval", "Time of silence after which a client gets a ping.",
     &limits::ping_interval, 1, day},
    {"malformed-in-row-max", "Malformed messages in a row before a close.",
     &limits::malformed_in_row_max, 1, million},
    {"throttled-in-row-max", "Throttled messages in a row before a close.",
     &limits::throttled_in_row_max, 1, million},
    {"outbound-bytes-max", "Bytes queued to one client.",
     &limits::outbound_bytes_max, 1, gibi},
    {"outbound-messages-max", "Messages queued to one client.",
     &limits::outbound_messages_max, 1, million},
    {"write-stall-timeout",
     "Time that a client with a full queue may take nothing.",
     &limits::write_stall_timeout, 1, day},
    {"close-timeout", "Time that a close waits for the client.",
     &limits::close_timeout, 1, day},
    {"credential-grace", "Time from the expiry of credentials to the close.",
     &limits::credential_grace, 1, day},
    {"groups-max", "Groups that one connection may be in.", &limits::groups_max,
     1, million},
    {"group-name-bytes-max", "Bytes of the name of a group.",
     &limits::group_name_bytes_max, 1, mebi},
    {"member-meta-bytes-max",
     "Bytes of the metadata of a member of a group, as JSON.",
     &limits::member_meta_bytes_max, 1, mebi},
    {"held-events-max",
     "Events kept for a slow member of a group that drops the oldest.",
     &limits::held_events_max, 1, million},
    {"guarded-events-max",
     "Events of a group kept for a member while its guard is asked again.",
     &limits::guarded_events_max, 1, million},
    {"history-bytes-max",
     "Bytes of the events that the histories of all groups keep.",
     &limits::history_bytes_max, 1, 1024 * gibi},
    {"histories-unused-max",
     "Histories that are kept of groups without members.",
     &limits::histories_unused_max, 1, 100 * million},
    {"members-listed-max", "Users in a list of the members of a group.",
     &limits::members_listed_max, 1, million},
    {"members-timeout",
     "Time that nodes have to report the members of a group.",
     &limits::members_timeout, 1, day},
    {"invalidate-timeout",
     "Time that nodes have to ask the guards of groups again.",
     &limits::invalidate_timeout, 1, day},
    {"link-bytes-max", "Bytes of events that wait for another node.",
     &limits::link_bytes_max, 1, gibi},
    {"subscriptions-max", "Subscriptions of one connection at one route.",
     &limits::subscriptions_max, 1, million},
    {"subscription-changes-max",
     "Changes that wait for one subscription and its permissions.",
     &limits::subscription_changes_max, 1, million},
    {"paged-lists-max",
     "Lists of one connection that are sent page after page.",
     &limits::paged_lists_max, 1, million},
    {"can-queries-max", "Questions of one message what is allowed.",
     &limits::can_queries_max, 1, million},
    {"can-watched-max", "Answers of one connection that are watched.",
     &limits::can_watched_max, 1, million},
    {"once-kept", "Time for which the answer to a message with a key is kept.",
     &limits::once_kept, 1, day},
    {"once-kept-max", "Keys of one user that a node keeps.",
     &limits::once_kept_max, 1, million},
    {"once-kept-bytes-max", "Bytes of keys and answers that a node keeps.",
     &limits::once_kept_bytes_max, 1, gibi},
    {"once-waiting-max", "Messages with one key that wait for its answer.",
     &limits::once_waiting_max, 1, million},
    {"drain-timeout", "Time that a drain waits for open connections.",
     &limits::drain_timeout, 1, day},
    {"reconnect-window", "Time over which clients come back after a drain.",
     &limits::reconnect_window, 1, day},
    {"resumes-per-turn-max",
     "Messages that a unit handles before it looks at its sockets.",
     &limits::resumes_per_turn_max, 1, million},
    {"stall-warning", "Time that a unit may be busy before it is logged.",
     &limits::stall_warning, 1, day},
    {"slow-action", "Time from which on a message is logged; 0 logs none.",
     &limits::slow_action, 0, day},
});

caf::error invalid(std::string_view name, std::string_view reason) {
  std::string text = "limits.";
  text += name;
  text += ": ";
  text += reason;
  return invalid_option(std::move(text));
}

/// A duration in the configuration's own spelling, in its largest whole unit.
std::string spell_duration(std::size_t milliseconds) {
  constexpr std::size_t hour = std::size_t{60} * 60 * 1000;
  if (milliseconds % hour == 0)
    return std::to_string(milliseconds / hour) + "h";
  return std::to_string(milliseconds) + "ms";
}

bool in_range(std::size_t value, const limit_info& info) {
  return value >= info.least && value <= info.most;
}

caf::error check_range(const limits& limits, const limit_info& info) {
  if (const auto* number = std::get_if<std::size_t limits::*>(&info.member)) {
    if (in_range(limits.**number, info))
      return caf::none;
    return invalid(info.name, "must be from " + std::to_string(info.least)
                                  + " to " + std::to_string(info.most));
  }
  const auto count =
      (limits.*std::get<limits::duration limits::*>(info.member)).count();
  // A negative count becomes one that is above every range.
  if (in_range(static_cast<std::size_t>(count), info))
    return caf::none;
  return invalid(info.name, "must be from " + spell_duration(info.least)
                                + " to " + spell_duration(info.most));
}

} // namespace

std::span<const limit_info> limit_table() {
  return table;
}

caf::error validate(const limits& limits) {
  for (const auto& info : table)
    if (auto error = check_range(limits, info); error != caf::none)
      return error;
  if (limits.ping_interval >= limits.idle_timeout)
    return invalid("ping-interval", "must be less than limits.idle-timeout");
  if (limits.route_bytes_max > limits.message_bytes_max)
    return invalid("route-bytes-max",
                   "must not be more than limits.message-bytes-max");
  if (limits.request_id_bytes_max > limits.message_bytes_max)
    return invalid("request-id-bytes-max",
                   "must not be more than limits.message-bytes-max");
  return caf::none;
}

} // namespace stagedoor
