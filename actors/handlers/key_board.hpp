#pragma once

#include "stagedoor/actors/interfaces.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace stagedoor {

/// What the key keepers of a server are offered as to other nodes, behind the
/// server's name: `stagedoor.keys`.
inline constexpr std::string_view keys_service = ".keys";

/// What the names of a route's keys begin with: behind it is the value of the
/// capture. Keys of different routes are different keys.
/// @param patterns those of the route, see `compiled_route`.
std::string key_prefix(std::string_view endpoint, std::string_view patterns);

/// What the key keeper of a server shows to all units: which node has the state
/// of which key, and how long this node may keep the states that it has.
/// Thread rule: the keeper writes; any thread reads.
class key_board {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param own the name of this node.
  explicit key_board(std::string own) : own_(std::move(own)) {}

  [[nodiscard]] const std::string& own() const { return own_; }

  /// Set once, before any other actor of the server is there.
  void keeper(key_keeper_actor actor) { keeper_ = std::move(actor); }
  [[nodiscard]] const key_keeper_actor& keeper() const { return keeper_; }

  // -- the lease --------------------------------------------------------------

  void hold_until(time_point end) {
    lease_end_.store(end.time_since_epoch().count(), std::memory_order_release);
  }
  /// Whether no other node may have begun a state of this one's keys.
  [[nodiscard]] bool is_held(time_point now) const {
    return now.time_since_epoch().count()
           < lease_end_.load(std::memory_order_acquire);
  }

  /// Whether the state of a key may go on here.
  [[nodiscard]] bool may_keep(const std::string& key, time_point now) const {
    return is_held(now) && holder(key) == own_;
  }

  void drain() { draining_ = true; }
  /// Whether all states of this node are to end.
  [[nodiscard]] bool is_draining() const { return draining_; }

  // -- the keys ---------------------------------------------------------------

  void put(const std::string& key, const std::string& node);
  /// Takes a key from a node, if it has it.
  void take(const std::string& key, const std::string& node);
  /// Takes all keys from a node.
  void take_all(const std::string& node);
  /// The node that has a key, as far as this one knows; empty for none.
  [[nodiscard]] std::string holder(const std::string& key) const;
  /// Whether there is a way to another node.
  void reaches(const std::string& node, bool is_reached);
  /// The node that a message for a key is to be sent to, because it has the key
  /// and there is a way to it; empty for none.
  [[nodiscard]] std::string place_of(const std::string& key) const;

private:
  const std::string own_;
  key_keeper_actor keeper_;
  std::atomic<time_point::rep> lease_end_ = 0;
  std::atomic<bool> draining_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> holders_;
  std::set<std::string> out_of_reach_;
};

} // namespace stagedoor
