#pragma once

#include "stagedoor/actors/keeping/once_book.hpp"
#include "stagedoor/actors/keeping/once_links.hpp"
#include "stagedoor/actors/keeping/once_runs.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_response_promise.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// What a once keeper works with.
struct once_keeper_setup {
  runtime_ptr shared;
  /// The name of this node; empty for a server that stands alone.
  std::string node = {};
  /// Differs from that of any other life of this node.
  std::uint64_t life = 1;
};

/// The state of a once keeper; see `once_keeper`.
class once_keeper_state : once_links::owner {
public:
  using pointer = pinned_pointer<once_keeper_actor, once_keeper_state>;

  static inline const char* name = "stagedoor.once_keeper";

  explicit once_keeper_state(pointer self);

  once_keeper_actor::behavior_type start(once_keeper_setup setup);

private:
  /// A message with a key that has not been answered.
  struct open_claim {
    once_claim wanted;
    caf::typed_response_promise<once_verdict> promise;
    unit::clock::time_point since;
    /// The life that was asked, as the keeper of the key or as its copy; empty
    /// for none.
    std::string asked = {};
    /// It may run as soon as the copy has noted it.
    bool is_beginning = false;
  };

  // -- messages with keys -----------------------------------------------------

  caf::result<once_verdict> claim(once_claim& wanted);
  void decide(std::uint64_t id);
  void ask_keeper(std::uint64_t id, open_claim& open,
                  const std::string& keeper);
  void told_by_keeper(std::uint64_t id, const once_claim& wanted,
                      once_verdict& verdict);
  void begin(std::uint64_t id, open_claim& open);
  void noted_by_copy(std::uint64_t id, bool is_yes);
  void refuse_begin(std::uint64_t id);
  void run(std::uint64_t id);
  void answer(std::uint64_t id, reply answer);
  void answer(const once_book::answers& told);
  void decide_all(const std::vector<std::uint64_t>& ids);
  void refuse_asked(const std::string& life);
  void look_at_late();

  // -- how messages have ended ------------------------------------------------

  void ended(const once_end& end);
  void tell(std::uint64_t number);
  void tell(std::uint64_t number, const std::string& life);
  void tell_again();
  void take_end(const once_record& ended) override;
  void take_give_back(const once_record& given_back) override;
  void take_told(const once_record& told) override;
  void lost(const std::string& life) override;

  // -- time -------------------------------------------------------------------

  void beat();
  caf::result<std::uint64_t> close();

  [[nodiscard]] once_ring::places keepers_of(const once_key& key) const {
    return links_ ? links_->ring().places_of(key) : once_ring::places{own_, {}};
  }
  [[nodiscard]] const limits& bounds() const { return setup_.shared->limits; }
  [[nodiscard]] unit::clock::time_point now() const;

  pointer self_;
  once_keeper_setup setup_;
  std::string own_;
  std::optional<once_book> book_;
  once_runs runs_;
  /// Nothing for a server that stands alone.
  std::optional<once_links> links_;
  std::map<std::uint64_t, open_claim> claims_;
  std::uint64_t last_number_ = 0;
  unit::clock::time_point born_;
  deadline due_;
  bool is_closing_ = false;
};

/// Keeps the keys of messages that run once, see `exactly_once`, and their
/// answers. In a cluster each key has a keeper and a copy among the nodes that
/// run handlers, as `once_ring` says; a message begins when both have noted its
/// key. The rules for one key are those of `once_book`.
///
/// Receives: messages with keys (handlers, and the keepers of other nodes for
/// theirs); how messages have ended (handlers); notes (keepers of other nodes);
/// that the server stops (server).
/// Sends: messages with keys (the keeper of the key); notes (keepers of other
/// nodes).
/// Limits: those of `once_book`; `cluster_limits::key_beat`,
/// `key_claim_timeout`, `once_records_per_note_max`.
/// Ends when: the unit ends.
/// Next on the path: once_gate.hpp, which claims keys, and once_tickets.hpp,
/// which tells how messages have ended, in the room of the handlers.
once_keeper_actor::behavior_type once_keeper(once_keeper_state::pointer self,
                                             once_keeper_setup setup);

} // namespace stagedoor
