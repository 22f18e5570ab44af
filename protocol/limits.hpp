#pragma once

#include "caf/expected.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <variant>

namespace stagedoor {

/// Every bound of the server, with its default. Each can be set in the
/// configuration under `limits.` with dashes for underscores, for instance
/// `--limits.message-bytes-max=1048576` or `--limits.idle-timeout=90s`.
/// `limit_table()` is this list again as data: a sentence and a range for each.
struct limits {
  using duration = std::chrono::milliseconds;

  // -- one message ------------------------------------------------------------

  /// Bytes of one WebSocket message of a client, reassembled. Over it: 1009.
  std::size_t message_bytes_max = 64 * 1024;
  /// Nesting of a message; the outer object is depth 1. Over it: 400.
  std::size_t json_depth_max = 32;
  /// Bytes of `route`, query included. Over it: 400.
  std::size_t route_bytes_max = 1024;
  /// Bytes of a `request_id` that is a string. Over it: 400.
  std::size_t request_id_bytes_max = 128;

  // -- opening a connection ---------------------------------------------------

  /// Bytes of the opening request's head. Over it: 431.
  std::size_t head_bytes_max = 16 * 1024;
  /// From accept to the end of the head. Over it: 408.
  duration handshake_timeout = std::chrono::seconds{10};
  /// Authentication and all `can_connect` of one opening request. Over it: 503.
  duration can_connect_timeout = std::chrono::seconds{5};
  /// Open connections of one server. Over it: 503.
  std::size_t connections_max = 65'536;
  /// Connections beyond `connections_max` that may wait for their 503 (or for
  /// /healthz) at once. Over it the listener lets newcomers wait in the kernel.
  std::size_t refusals_max = 256;
  /// What `Retry-After` of a 503 says.
  duration retry_after = std::chrono::seconds{5};

  // -- running actions --------------------------------------------------------

  /// One question to the permission pool. Over it: 504.
  duration permission_timeout = std::chrono::seconds{2};
  /// One action. Over it: 504.
  duration action_timeout = std::chrono::seconds{10};
  /// Decoded messages of one connection that wait for the one that is handled.
  /// At it the server stops reading that socket.
  std::size_t waiting_messages_max = 8;
  /// Concurrent actions of one connection. Over it: 429.
  std::size_t concurrent_actions_max = 64;
  /// Threads for blocking actions and permissions.
  std::size_t blocking_workers = 8;
  /// Blocking jobs that wait for a thread. Over it: 503.
  std::size_t blocking_queue_max = 1024;
  /// Actors of one unit's permission pool.
  std::size_t permission_workers = 2;
  /// Cached permission decisions of one connection. At it the cache begins
  /// anew.
  std::size_t cached_decisions_max = 64;
  /// Denials that the admin endpoint can show. Over it the oldest goes.
  std::size_t denials_kept_max = 100;
  /// Messages per second that one connection may send; 0 is without a bound.
  /// Over it: 429.
  std::size_t message_rate_max = 0;
  /// Messages that may come at once before the rate binds; 0 is the rate.
  std::size_t message_burst_max = 0;

  // -- life of a connection ---------------------------------------------------

  /// Nothing came from the client for this long: 4408.
  duration idle_timeout = std::chrono::seconds{50};
  /// Nothing came from the client for this long: a ping.
  duration ping_interval = std::chrono::seconds{25};
  /// Malformed messages in a row. At it: the envelope, then 1008.
  std::size_t malformed_in_row_max = 16;
  /// 429s in a row. At it: the envelope, then 1008.
  std::size_t throttled_in_row_max = 16;
  /// Bytes queued to one client. At it nothing more is handled or read.
  std::size_t outbound_bytes_max = 1024 * 1024;
  /// Messages queued to one client. At it nothing more is handled or read.
  std::size_t outbound_messages_max = 1024;
  /// The socket took nothing for this long while the queue was full: 1013.
  duration write_stall_timeout = std::chrono::seconds{10};
  /// How long a close waits for the client's side of it.
  duration close_timeout = std::chrono::seconds{5};
  /// From the expiry of the credentials to 4401.
  duration credential_grace = std::chrono::seconds{25};

  // -- groups -----------------------------------------------------------------

  /// Groups of one connection. Over it: 400.
  std::size_t groups_max = 64;
  /// Bytes of a group's name. Over it: 400.
  std::size_t group_name_bytes_max = 128;
  /// Events that wait for one member of groups that drop the oldest. Over it
  /// the oldest goes.
  std::size_t held_events_max = 64;
  /// Users that a list of members names. Over it the list is not complete.
  std::size_t members_listed_max = 1000;
  /// What the other units and nodes have not said by then of a group's members
  /// is missing in the list.
  duration members_timeout = std::chrono::seconds{2};
  /// Bytes of events that wait for another node. At it further ones for that
  /// node are dropped.
  std::size_t link_bytes_max = 8 * 1024 * 1024;

  // -- the server -------------------------------------------------------------

  /// From the start of a drain to the end of what is still open.
  duration drain_timeout = std::chrono::seconds{30};
  /// Drained clients are told to reconnect after a random time up to this.
  duration reconnect_window = std::chrono::seconds{10};
  /// Messages that a unit's actors take before it writes what is due and looks
  /// at its sockets again.
  std::size_t resumes_per_turn_max = 1024;
  /// A unit that is busy for this long without a break is logged.
  duration stall_warning = std::chrono::seconds{1};
};

/// One entry of `limit_table()`.
struct limit_info {
  /// As in the configuration, without `limits.`, for instance
  /// `message-bytes-max`.
  std::string_view name;
  /// One sentence for the help text and the README.
  std::string_view help;
  /// The member that holds it.
  std::variant<std::size_t limits::*, limits::duration limits::*> member;
  /// The smallest and the largest valid value: a number, or milliseconds.
  std::size_t least;
  std::size_t most;
};

/// All limits, in the order of the struct.
std::span<const limit_info> limit_table();

/// Checks ranges, and what must hold between limits (a ping comes before the
/// idle timeout, for instance).
/// @returns errc::invalid_option with a line that names the option.
caf::error validate(const limits& limits);

} // namespace stagedoor
