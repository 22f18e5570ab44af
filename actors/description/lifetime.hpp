#pragma once

#include "stagedoor/protocol/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace stagedoor {

/// The bounds of a handler's states that live by key.
struct key_bounds {
  /// Time without a message after which a state ends, at least 1 ms. Neither
  /// timers nor members of a group are messages: a state whose clients are
  /// silent ends as well, and its timers with it. With
  /// `limits::duration::max()` it never ends by that. By default it is
  /// `limits::keyed_state_timeout`.
  std::optional<limits::duration> unused_for = {};
  /// States that live at the same time at one route of a server, at least 1. By
  /// default it is `limits::keyed_states_max`.
  std::optional<std::size_t> states_max = {};

  /// What is wrong with them; empty if nothing is.
  [[nodiscard]] std::string fault() const {
    if (unused_for && *unused_for < limits::duration{1})
      return "unused_for is less than 1 ms";
    if (states_max && *states_max == 0)
      return "states_max is 0";
    return {};
  }
};

/// Says how many actors run a handler's actions and keep its state, and how
/// long they live.
class lifetime {
public:
  /// One actor per connection and route. It keeps state for that client, and
  /// its crash harms nobody else.
  static const lifetime connection;
  /// One actor per I/O unit, for handlers without state.
  static const lifetime unit;
  /// One actor for the whole server. On a cluster there is one on each node
  /// that runs handlers for its own clients.
  static const lifetime server;

  /// One actor per value of a capture of the route, for all connections of a
  /// server. It begins with the first message that has this value, and ends by
  /// itself (`state_context::end`), or after a time without messages. On a
  /// cluster there is one on each node that runs handlers for its own clients.
  static lifetime key(std::string capture, key_bounds bounds = {}) {
    return {kind::key, std::move(capture), bounds};
  }

  /// The same, and one in the whole cluster: for a server that is no node, it
  /// is the same as `key`. It also ends, and nothing of it stays, when its node
  /// dies or sees less than a majority of the nodes that run handlers. The next
  /// message begins one elsewhere. Messages get 503 as long as no node can be
  /// sure that no other one has the state.
  static lifetime key_in_cluster(std::string capture, key_bounds bounds = {}) {
    return {kind::key_in_cluster, std::move(capture), bounds};
  }

  [[nodiscard]] bool is_keyed() const {
    return kind_ == kind::key || is_in_cluster();
  }
  /// Whether each key has one state in the whole cluster.
  [[nodiscard]] bool is_in_cluster() const {
    return kind_ == kind::key_in_cluster;
  }
  /// The capture whose value is the key; empty for other lifetimes.
  [[nodiscard]] const std::string& capture() const { return capture_; }
  [[nodiscard]] const key_bounds& bounds() const { return bounds_; }

  friend bool operator==(const lifetime& a, const lifetime& b) {
    return a.kind_ == b.kind_ && a.capture_ == b.capture_;
  }

private:
  enum class kind : std::uint8_t {
    connection,
    unit,
    server,
    key,
    key_in_cluster
  };

  // NOLINTNEXTLINE(google-explicit-constructor)
  lifetime(kind which, std::string capture = {}, key_bounds bounds = {})
      : kind_(which), capture_(std::move(capture)), bounds_(bounds) {}

  kind kind_;
  std::string capture_;
  key_bounds bounds_;
};

inline const lifetime lifetime::connection{kind::connection};
inline const lifetime lifetime::unit{kind::unit};
inline const lifetime lifetime::server{kind::server};

} // namespace stagedoor
