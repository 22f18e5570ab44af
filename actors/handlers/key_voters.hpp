#pragma once

#include "stagedoor/actors/cluster/node_leases.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/key_messages.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace stagedoor {

/// The rules by which nodes agree on who has a key. Each node that runs
/// handlers has a vote. A node begins the state of a key when a majority of the
/// nodes has voted for it, and keeps its states as long as a majority has heard
/// of it within `cluster_limits::key_lease`. A node that has heard of another
/// one lets nobody else have the keys of that one for
/// `cluster_limits::key_promise`, which is longer. Two majorities have a node
/// in common, and that node knows of the key.
///
/// A node counts the nodes that it has met, until they say farewell or are
/// forgotten. It votes for nobody as long as it has met a node that has not
/// told its keys. A node that has died and begun again has forgotten its
/// promises, and votes for nobody for the time of one.
/// Thread rule: one owner, which says what time it is.
class key_voters {
public:
  using time_point = key_board::time_point;

  explicit key_voters(std::shared_ptr<key_board> board)
      : board_(std::move(board)) {}

  // -- other nodes ------------------------------------------------------------

  /// A node is there.
  void met(const std::string& node, time_point now);

  /// A node has told all its keys. Of two nodes that have had one key apart
  /// from each other, the one keeps it whose name is the smaller one.
  /// @returns the keys of this node among them, which it has to give up.
  std::vector<std::string> listed(const std::string& node,
                                  const std::vector<std::string>& keys,
                                  time_point now);

  /// A node gives a sign of life.
  void heard(const std::string& node, time_point now) {
    nodes_.heard(node, now);
  }

  /// A node has heard of this one.
  /// @param sent when this one had said it.
  void acknowledged(const std::string& node, time_point sent) {
    nodes_.acknowledged(node, sent);
  }

  /// The way to a node is lost.
  void lost(const std::string& node);

  /// A node has no vote and no keys any more.
  void left(const std::string& node);

  /// This node has forgotten what it has promised.
  void forgot(time_point now);

  [[nodiscard]] std::vector<std::string> lost_nodes() const {
    return nodes_.lost_nodes();
  }

  // -- keys -------------------------------------------------------------------

  /// Whether a node may have a key, as far as this one is concerned.
  key_vote vote(const std::string& node, const std::string& key,
                time_point now);

  /// The votes of others that this node needs.
  [[nodiscard]] std::size_t needed() const { return nodes_.needed(); }

  /// When this node must have given up its states.
  [[nodiscard]] time_point lease_end() const { return nodes_.lease_end(); }

  /// The nodes that have a vote, with this one.
  [[nodiscard]] std::size_t count() const { return nodes_.count(); }

private:
  [[nodiscard]] bool is_unsure(time_point now) const {
    return now < votes_from_ || !unlisted_.empty();
  }

  std::shared_ptr<key_board> board_;
  node_leases nodes_;
  /// The nodes that have not told their keys.
  std::set<std::string> unlisted_;
  /// It votes for nobody until then.
  time_point votes_from_;
};

} // namespace stagedoor
