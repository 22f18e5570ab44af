#pragma once

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"

#include "caf/actor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

namespace stagedoor {

/// The addresses where other nodes are, or may be, and when each of them is
/// tried. An address that fails is tried again after a random time, whose bound
/// doubles with each failure. Each try has a number: whatever belongs to an
/// older one is late.
/// Thread rule: one owner, which is told when to try an address, and connects.
class address_book {
public:
  using clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  /// An address where a node is, or may be.
  struct entry {
    /// `host:port`.
    std::string address;
    node_address parts;
    bool is_seed = false;
    /// Counts the tries.
    std::uint64_t attempt = 0;
    unsigned failures = 0;
    /// Nobody there has said yet what it offers, nor failed to answer.
    bool is_awaited = true;
    /// The actor there that is being greeted; null if none is.
    caf::actor greeted;
    /// The node that was last there; empty: none yet.
    std::string node;
    /// When there was a node, or when the address was learnt.
    clock::time_point last_seen;

    /// Whether a node of that address and name is, or was last, there.
    [[nodiscard]] bool leads_to(const std::string& node_at,
                                const std::string& name) const {
      return address == node_at || node == name;
    }
  };

  /// One try of an address.
  struct address_try {
    std::string address;
    std::uint64_t attempt;
  };

  /// Has an address tried in `delay`, unless its attempt has another number by
  /// then.
  using scheduler =
      std::function<void(const entry& target, milliseconds delay)>;

  explicit address_book(scheduler schedule);

  // -- which addresses there are ----------------------------------------------

  /// Names the address where this node listens.
  void listens_at(const std::string& address);

  /// Notes that an address leads to this node itself, and drops it.
  void exclude(const std::string& address);

  /// Takes up an address, unless it is known or this node's own, and schedules
  /// the first try.
  /// @returns false if the book is full.
  bool learn(node_address parts, bool is_seed, clock::time_point now);

  void erase(const std::string& address) { entries_.erase(address); }

  /// @returns null if the address is not known.
  entry* find(const std::string& address);
  /// @returns null if the try is late: the address is not known any more, or
  ///          another try was scheduled.
  entry* find_try(const address_try& current);

  /// Pairs of address and entry.
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }

  // -- when they are tried ----------------------------------------------------

  /// A node has answered there: it needs no try.
  void reached(entry& target, const std::string& name);

  /// Schedules tries of all addresses that lead to a node that was lost.
  void look_for(const std::string& address, const std::string& name,
                clock::time_point now);

  /// Whether the address is to be forgotten after a failure.
  [[nodiscard]] static bool is_stale(const entry& target,
                                     clock::time_point now) {
    return !target.is_seed
           && now - target.last_seen > cluster_limits::forget_after;
  }

  /// Schedules the next try after a failure.
  /// @param refused whether the node there has refused this one.
  void try_again(entry& target, bool refused);

  /// A node has said what it offers.
  void heard_of(const std::string& address, const std::string& name);

  /// Returns the number of addresses that are awaited.
  [[nodiscard]] std::size_t awaited() const;

  // -- what is wrong with them ------------------------------------------------

  /// Notes what is wrong with an address.
  /// @returns whether the last complaint about it was another one.
  bool is_news(const std::string& address, const std::string& complaint);

private:
  void schedule(entry& target, milliseconds delay);
  [[nodiscard]] milliseconds random_up_to(milliseconds most);
  [[nodiscard]] milliseconds first_delay(const std::string& address);

  scheduler schedule_;
  /// Where this node listens; empty until it does.
  std::string own_address_;
  /// Addresses of this node.
  std::set<std::string> own_addresses_;
  std::map<std::string, entry> entries_;
  /// The last complaint about each address.
  std::map<std::string, std::string> complaints_;
  std::mt19937_64 random_;
};

} // namespace stagedoor
