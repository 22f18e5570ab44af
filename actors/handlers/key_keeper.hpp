#pragma once

#include "stagedoor/actors/handlers/key_voters.hpp"
#include "stagedoor/actors/key_messages.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor_addr.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// What a key keeper works with.
struct key_keeper_setup {
  runtime_ptr shared;
  std::shared_ptr<key_board> board;
};

/// The state of a key keeper; see `key_keeper`.
class key_keeper_state {
public:
  using pointer = pinned_pointer<key_keeper_actor, key_keeper_state>;

  static inline const char* name = "stagedoor.key_keeper";

  explicit key_keeper_state(pointer self);

  key_keeper_actor::behavior_type start(key_keeper_setup setup);

private:
  /// A state of this node.
  struct own_key {
    handler_actor handler;
    std::uint64_t number;
    /// A majority has agreed.
    bool is_held;
  };

  /// A key that is about to begin here.
  struct open_claim {
    std::string key;
    caf::typed_response_promise<bool> promise;
    unit::clock::time_point since;
    /// Votes of other nodes.
    std::size_t needed = 0;
    std::size_t yes = 0;
    std::size_t unanswered = 0;
  };

  // -- of handlers ------------------------------------------------------------

  caf::result<bool> claim(key_claim& wanted);
  void voted(std::uint64_t id, const key_vote& vote);
  void settle_if_decided(std::uint64_t id);
  void settle(std::uint64_t id, bool is_granted);
  void refuse_claims();
  void refuse_claims(const std::string& key);
  void release(const std::string& key);

  // -- of other nodes ---------------------------------------------------------

  key_vote noted(const key_note& note);
  key_vote listed(const key_note& note);
  void holds(const std::string& node, const std::string& key);
  void refresh();
  void forget_nodes();
  void introduce(const std::string& node, const caf::actor& keeper);
  void tell_all(key_note_kind what, const std::string& key);

  // -- the lease --------------------------------------------------------------

  void beat();
  void renew();
  void give_up_all();
  void end(const own_key& ended);
  void end_all();
  caf::result<std::uint64_t> close();

  [[nodiscard]] key_note note(key_note_kind what,
                              std::vector<std::string> keys = {}) const {
    return {board().own(), what, std::move(keys)};
  }
  [[nodiscard]] key_board& board() const { return *setup_.board; }
  [[nodiscard]] unit::clock::time_point now() const;

  pointer self_;
  key_keeper_setup setup_;
  std::unique_ptr<key_voters> voters_;
  std::unordered_map<std::string, own_key> own_;
  std::map<std::uint64_t, open_claim> claims_;
  std::uint64_t last_claim_ = 0;
  /// The keepers of other nodes, by node.
  std::map<std::string, caf::actor> others_;
  /// Of the service table that `others_` is made of.
  std::uint64_t table_version_ = 0;
  /// The keepers that have told their keys, by node.
  std::map<std::string, caf::actor_addr> known_lives_;
  /// The keepers that have said farewell, by node: the last one of each.
  std::map<std::string, caf::actor_addr> ended_;
  deadline due_;
  bool is_closing_ = false;
};

/// Sees to it that the state of a key exists once in the cluster, see
/// `lifetime::key_in_cluster`. The rules are those of `key_voters`.
///
/// Receives: claims and releases of keys (handlers); notes (keepers of other
/// nodes); that the server drains or stops (server).
/// Sends: notes (keepers of other nodes); that a state must end (handler);
/// writes the key board.
/// Limits: `cluster_limits::key_beat`, `key_claim_timeout`, and those of
/// `key_voters`.
/// Ends when: the unit ends.
/// Next on the path: none; runner_slots.hpp claims keys, and forwarder.hpp asks
/// the board where they are.
key_keeper_actor::behavior_type key_keeper(key_keeper_state::pointer self,
                                           key_keeper_setup setup);

} // namespace stagedoor
