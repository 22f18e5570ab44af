#pragma once

#include "caf/expected.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace stagedoor {

/// The limits of a server with their defaults. The configuration has them under
/// `limits.` with dashes for underscores, for instance
/// `--limits.message-bytes-max=1048576` or `--limits.idle-timeout=90s`.
/// `limit_table()` has the same list as data, with a sentence and a range for
/// each limit.
struct limits {
  using duration = std::chrono::milliseconds;

  // -- one message ------------------------------------------------------------

  /// Bytes of one whole WebSocket message of a client. A longer one closes the
  /// connection with 1009.
  std::size_t message_bytes_max = 64 * 1024;
  /// Levels of nesting of a message; the outer object is level 1. A deeper
  /// message gets 400.
  std::size_t json_depth_max = 32;
  /// Bytes of `route`, with its query. A message with a longer one gets 400.
  std::size_t route_bytes_max = 1024;
  /// Bytes of a `request_id` that is a string. A message with a longer one gets
  /// 400.
  std::size_t request_id_bytes_max = 128;

  // -- opening a connection ---------------------------------------------------

  /// Bytes of the head of an opening request. A longer one gets 431.
  std::size_t head_bytes_max = 16 * 1024;
  /// Time from accept to the end of the head. A later request gets 408.
  duration handshake_timeout = std::chrono::seconds{10};
  /// Time for the authentication and all `can_connect` of one opening request.
  /// A request that takes longer gets 503.
  duration can_connect_timeout = std::chrono::seconds{5};
  /// Open connections of one server. Further ones get 503.
  std::size_t connections_max = 65'536;
  /// Connections beyond `connections_max` that may wait at the same time for
  /// their 503, or for `/healthz`. Further ones wait in the kernel.
  std::size_t refusals_max = 256;
  /// The `Retry-After` of a 503.
  duration retry_after = std::chrono::seconds{5};

  // -- running actions --------------------------------------------------------

  /// Time for one question to the permission pool. A message whose question
  /// takes longer gets 504.
  duration permission_timeout = std::chrono::seconds{2};
  /// Time for one action. A message whose action takes longer gets 504.
  duration action_timeout = std::chrono::seconds{10};
  /// Decoded messages of one connection that wait while another one is handled.
  /// When so many wait, the server stops reading that socket.
  std::size_t waiting_messages_max = 8;
  /// Concurrent actions of one connection. Further ones get 429.
  std::size_t concurrent_actions_max = 64;
  /// Threads for blocking actions and permissions.
  std::size_t blocking_workers = 8;
  /// Blocking jobs that wait for a thread. Messages that need further ones get
  /// 503.
  std::size_t blocking_queue_max = 1024;
  /// Workers in the permission pool of each unit.
  std::size_t permission_workers = 2;
  /// Cached permission decisions of one connection. A full cache is emptied.
  std::size_t cached_decisions_max = 64;
  /// Denials that the admin endpoint can show. The oldest one makes room for a
  /// new one.
  std::size_t denials_kept_max = 100;
  /// Messages per second that one connection may send; 0 means unlimited.
  /// Further ones get 429.
  std::size_t message_rate_max = 0;
  /// Messages that may come at once before the rate counts; 0 means as many as
  /// the rate.
  std::size_t message_burst_max = 0;

  /// States of one route that live by key at the same time. A message that
  /// needs a further one gets 503.
  std::size_t keyed_states_max = 10'000;
  /// Time without a message after which a state that lives by key ends.
  duration keyed_state_timeout = std::chrono::minutes{15};

  // -- life of a connection ---------------------------------------------------

  /// Time of silence after which the connection is closed with 4408.
  duration idle_timeout = std::chrono::seconds{50};
  /// Time of silence after which the client gets a ping.
  duration ping_interval = std::chrono::seconds{25};
  /// Malformed messages in a row. The last one gets its envelope, then the
  /// connection is closed with 1008.
  std::size_t malformed_in_row_max = 16;
  /// Messages in a row that get 429. The last one gets its envelope, then the
  /// connection is closed with 1008.
  std::size_t throttled_in_row_max = 16;
  /// Bytes queued to one client. When so many are queued, its connection
  /// handles and reads nothing more.
  std::size_t outbound_bytes_max = 1024 * 1024;
  /// Messages queued to one client. When so many are queued, its connection
  /// handles and reads nothing more.
  std::size_t outbound_messages_max = 1024;
  /// Time that a client whose queue is full may take nothing. Then the
  /// connection is closed with 4013.
  duration write_stall_timeout = std::chrono::seconds{10};
  /// Time that a close waits for the client's close.
  duration close_timeout = std::chrono::seconds{5};
  /// Time from the expiry of the credentials to the close with 4401.
  duration credential_grace = std::chrono::seconds{25};

  // -- groups -----------------------------------------------------------------

  /// Groups that one connection may be in. Joining a further one gets 400.
  std::size_t groups_max = 64;
  /// Bytes of a group's name. Joining a group with a longer one gets 400.
  std::size_t group_name_bytes_max = 128;
  /// Bytes of what the application says of a member of a group, as JSON. An
  /// action that says more gets 400.
  std::size_t member_meta_bytes_max = 1024;
  /// Events that wait for one slow member of groups with the policies
  /// `drop_oldest` and `keep_newest`. The oldest one makes room for a new one.
  std::size_t held_events_max = 64;
  /// Events of one group that wait for one member while its guard is asked
  /// again. Further ones are dropped, and the member is told.
  std::size_t guarded_events_max = 256;
  /// Bytes of the events that the histories of all groups keep on one node. The
  /// group that has been silent for the longest time loses its oldest ones.
  std::size_t history_bytes_max = 256 * 1024 * 1024;
  /// Histories of groups without members that one node keeps. When there are
  /// more, those that have not been used for the longest time are forgotten.
  std::size_t histories_unused_max = 100'000;
  /// Users in a list of the members of a group. A list with more users is not
  /// complete.
  std::size_t members_listed_max = 1000;
  /// Time that units and nodes have to report the members of a group. Members
  /// that are reported later are missing in the list.
  duration members_timeout = std::chrono::seconds{2};
  /// Time that nodes have to ask the guards of groups again. A node that has
  /// not answered by then is named.
  duration invalidate_timeout = std::chrono::seconds{5};
  /// Bytes of events that wait for another node. Further events for that node
  /// are dropped.
  std::size_t link_bytes_max = 8 * 1024 * 1024;

  // -- subscriptions ----------------------------------------------------------

  /// Subscriptions of one connection at one route. A further one gets 400.
  std::size_t subscriptions_max = 64;
  /// Changes that wait for one subscription while its permissions are asked. A
  /// further one closes the connection with 4013.
  std::size_t subscription_changes_max = 4096;
  /// Lists of one connection that are sent page after page at the same time. A
  /// further one gets 400.
  std::size_t paged_lists_max = 8;

  // -- questions what is allowed ----------------------------------------------

  /// Questions of one message for `$can/`. A message with more gets 400.
  std::size_t can_queries_max = 32;
  /// The same for a message whose answers are watched, which are the only ones
  /// of the connection that are.
  std::size_t can_watched_max = 64;

  // -- actions that run once --------------------------------------------------

  /// Time for which the answer to a message with a key is kept.
  duration once_kept = std::chrono::minutes{5};
  /// Keys of one user that a node keeps. A message with a further one gets 429.
  std::size_t once_kept_max = 1024;
  /// Bytes of all keys and answers that a node keeps. When so many are kept, a
  /// message with a further key gets 503.
  std::size_t once_kept_bytes_max = 64 * 1024 * 1024;
  /// Messages with one key that wait for the answer of the one that runs. A
  /// further one gets 429.
  std::size_t once_waiting_max = 16;

  // -- the server -------------------------------------------------------------

  /// Time that a drain waits for open connections.
  duration drain_timeout = std::chrono::seconds{30};
  /// The most that a draining server tells a client to wait before it comes
  /// back. The time is random.
  duration reconnect_window = std::chrono::seconds{10};
  /// Messages that the actors of a unit handle before it writes to its sockets
  /// and reads from them again.
  std::size_t resumes_per_turn_max = 1024;
  /// Time that a unit may be busy without a break before it is logged.
  duration stall_warning = std::chrono::seconds{1};
  /// Time of a message, with its permissions and its action, from which on it
  /// is logged; 0 logs none.
  duration slow_action = std::chrono::seconds{1};
};

/// One entry of `limit_table()`.
struct limit_info {
  /// The name in the configuration without `limits.`, for instance
  /// `message-bytes-max`.
  std::string_view name;
  /// One sentence for the help text and for actors/server/README.md.
  std::string_view help;
  /// The member of `limits`.
  std::variant<std::size_t limits::*, limits::duration limits::*> member;
  /// The smallest and the largest valid value, as a number or in milliseconds.
  std::size_t least;
  std::size_t most;
};

/// All limits, in the order of the struct.
std::span<const limit_info> limit_table();

/// Checks the ranges of the limits and their relations, for instance that a
/// ping comes before the idle timeout.
/// @returns errc::invalid_option with a line that names the option.
caf::error validate(const limits& limits);

} // namespace stagedoor
