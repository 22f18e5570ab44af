#pragma once

#include "stagedoor/actors/cluster/node_leases.hpp"
#include "stagedoor/actors/once_messages.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// The lives of the nodes over which keys are spread, as one node sees them.
/// Each key has a keeper and a copy: the first two in an order that a hash of
/// the key and of each node makes. A node that leaves or comes changes only
/// whose keys it is or was.
///
/// Three rules make sure that no two nodes are the keeper of one key at a time:
/// - A node may begin keys only as long as it has a lease: a majority of the
///   nodes has agreed to the ring that it sees. A node does not agree to a ring
///   in which a node lacks that it has heard of within
///   `cluster_limits::key_promise`. If it has agreed to a ring without some
///   node, it agrees to no ring of that node for the same time, and to none at
///   all for that time after its begin, as it may have forgotten a promise.
/// - A copy takes a key only if it sees the same keeper and itself behind it.
/// - When its ring changes, a node begins no key until all nodes of the ring
///   have told it, for just that ring, the keys that it is to keep.
///
/// It also knows since when no key can have been lost. If a node is taken out
/// of the ring that has not told its keys for just that ring, they may be lost.
/// A node that comes, or comes back, learns from the others what they have
/// seen. Thread rule: one owner, which says what time it is.
class once_ring {
public:
  using time_point = node_leases::time_point;

  /// The nodes that keep a key. Those that do not exist are empty.
  struct places {
    std::string keeper;
    std::string copy;

    [[nodiscard]] bool has(const std::string& life) const {
      return keeper == life || copy == life;
    }
  };

  /// @param life the life of this node, see `life_of`.
  once_ring(std::string life, time_point now);

  // -- other nodes ------------------------------------------------------------

  /// The directory names a node.
  void met(const std::string& node, time_point now) {
    leases_.met(node, now, time_point::min());
  }

  /// A life of a node that has been met gives a sign.
  /// @returns the life of the same node that has ended; empty if none has.
  std::string heard(const std::string& life, time_point now);

  /// The way to a node is lost.
  void lost(const std::string& node) { leases_.lost(node); }

  /// A node has handed over its keys, and ends.
  /// @param since when no key of its can have been lost, if it knows.
  void left(const std::string& node, std::optional<time_point> since,
            time_point now);

  /// A node does not count any more.
  void forget(const std::string& node);

  /// Takes nodes out of the ring that have not been heard of for long.
  /// @returns their lives.
  std::vector<std::string> drop_silent(time_point now);

  [[nodiscard]] std::vector<std::string> lost_nodes() const {
    return leases_.lost_nodes();
  }

  /// Whether a life goes on, as far as this node can see.
  [[nodiscard]] bool is_there(const std::string& life) const;

  // -- the lease --------------------------------------------------------------

  /// Whether this node agrees to the ring of another one, which has just been
  /// heard.
  bool agrees(const std::string& life, const std::vector<std::string>& ring,
              time_point now);

  /// A node has agreed to the ring of this one.
  /// @param sent when this one had asked.
  /// @param ring what it has asked for: it may have changed.
  void agreed(const std::string& node, const std::vector<std::string>& ring,
              time_point sent);

  [[nodiscard]] bool has_lease(time_point now) const {
    return now < leases_.lease_end();
  }

  /// The nodes that count, with this one.
  [[nodiscard]] std::size_t count() const { return leases_.count(); }

  // -- the ring ---------------------------------------------------------------

  [[nodiscard]] const std::string& own() const { return own_; }
  /// The life of a node that was heard of last; empty for none.
  [[nodiscard]] std::string life_at(const std::string& node) const;
  /// With this one, in their order.
  [[nodiscard]] const std::vector<std::string>& lives() const { return lives_; }
  /// Changes with the ring.
  [[nodiscard]] std::uint64_t version() const { return version_; }

  [[nodiscard]] places places_of(const once_key& key) const {
    return places_of(key, {});
  }
  /// The same without one of the lives.
  [[nodiscard]] places places_of(const once_key& key,
                                 const std::string& without) const;

  // -- keys that move ---------------------------------------------------------

  /// A node that has been heard says since when no key of its can have been
  /// lost, if it knows, and whether it has all keys that it is to keep.
  void tells(const std::string& life, std::optional<time_point> since,
             bool is_settled);

  /// A node has told all keys that this one is to keep in a ring.
  /// @param was_out it had taken this node out of its ring.
  void synced(const std::string& life, const std::vector<std::string>& ring,
              bool was_out, time_point now);

  /// Whether this node had taken another one out of its ring, which has not
  /// got all its keys again.
  [[nodiscard]] bool was_out(const std::string& life) const;

  /// Whether all nodes have done so for the ring as it is now.
  [[nodiscard]] bool is_settled() const;

  /// This node has told another one all its keys in the ring as it is now.
  void handed_to(const std::string& life);

  /// Whether it has told all of them.
  [[nodiscard]] bool has_handed_over() const;

  /// Since when no key of this node's can have been lost; nothing if it does
  /// not know yet.
  [[nodiscard]] std::optional<time_point> since() const {
    return has_learned_ ? std::optional{since_} : std::nullopt;
  }

  // -- names ------------------------------------------------------------------

  /// Names a life of a node.
  /// @param number differs from that of any other life of this node.
  static std::string life_of(const std::string& node, std::uint64_t number);
  static std::string node_of(const std::string& life);

private:
  struct other {
    std::string life;
    bool is_in_ring = false;
    /// When this node has agreed last to a ring without it.
    std::optional<time_point> passed_over = {};
    /// The ring for which it has told its keys; empty for none.
    std::vector<std::string> told = {};
    /// The ring for which it was told keys.
    std::vector<std::string> handed = {};
    std::optional<time_point> since = {};
    /// This node has taken it out of the ring.
    bool is_taken_out = false;
    /// It has taken this one out of its ring.
    bool took_out_own = false;
  };

  void inherit(std::optional<time_point> since, time_point now);
  void take_out(other& gone, time_point now);
  void remake();
  void learn(time_point now);

  std::string own_;
  time_point born_;
  node_leases leases_;
  /// By their nodes.
  std::map<std::string, other> others_;
  std::vector<std::string> lives_;
  std::uint64_t version_ = 1;
  /// What this node has seen itself, and has learned.
  time_point since_ = time_point::min();
  /// A new node has to learn it from the others.
  bool has_learned_ = false;
  /// What this node knew before it lost its majority, if it has missed keys
  /// since: others may have got them.
  std::optional<time_point> since_before_;
};

} // namespace stagedoor
