#pragma once

#include "stagedoor/actors/keeping/once_book.hpp"
#include "stagedoor/actors/keeping/once_nodes.hpp"
#include "stagedoor/actors/keeping/once_ring.hpp"
#include "stagedoor/actors/keeping/once_runs.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// What the once keepers of nodes tell each other: signs of life, with the ring
/// that each of them sees, and the keys that another one is to keep.
/// Thread rule: belongs to one actor.
class once_links {
public:
  using role_type = pinned<once_keeper_actor::base>;
  using time_point = once_ring::time_point;

  /// The once keeper that has these links.
  class owner {
  public:
    virtual ~owner() = default;

    /// A message with a key has ended on another node.
    virtual void take_end(const once_record& ended) = 0;
    /// A message with a key has not begun on another node after all.
    virtual void take_give_back(const once_record& given_back) = 0;
    /// What another node knows of a key.
    virtual void take_told(const once_record& told) = 0;
    /// The life of a node has ended, or cannot be reached.
    virtual void lost(const std::string& life) = 0;
  };

  /// @param keeper outlives the links, as do `book` and `runs`.
  once_links(role_type* self, owner& keeper, runtime_ptr shared,
             const std::string& node, std::string life, once_book& book,
             const once_runs& runs);

  // -- keys -------------------------------------------------------------------

  [[nodiscard]] const once_ring& ring() const { return ring_; }

  /// Whether this node may begin keys of which it is the keeper.
  [[nodiscard]] bool may_begin() const;

  /// Null if there is no way to a life.
  [[nodiscard]] once_keeper_actor keeper_of(const std::string& life) const {
    return nodes_.of(once_ring::node_of(life));
  }

  /// Tells another node something of a key.
  /// @param then gets its answer, if one comes.
  void send(const std::string& life, once_note_kind what,
            const once_record& record,
            std::function<void(const once_receipt&)> then = {});

  // -- other nodes ------------------------------------------------------------

  /// Takes up what has changed in the service directory.
  void refresh();

  /// Gives a sign of life to all nodes, and looks for those that give none.
  void beat();

  /// A note of another node has come.
  once_receipt noted(const once_note& note);

  /// Hands over all keys to the nodes that keep them without this one.
  /// @returns their number when they have them.
  caf::result<std::uint64_t> close();

private:
  [[nodiscard]] std::optional<time_point> since_of(const once_note& note) const;
  bool take(const once_note& note, const std::string& node);
  void heard(const std::string& life);
  void forget_nodes();
  void ask_for_lease();
  void hand_over(const std::string& life, once_note_kind last,
                 const std::function<void()>& then);
  void confirm_runs();
  void drop_moved();
  void send_to(const std::string& node, once_note note,
               std::function<void(const once_receipt&)> then,
               std::function<void()> fail);
  [[nodiscard]] once_note note(once_note_kind what) const;
  [[nodiscard]] time_point now() const { return self_->home().now(); }

  role_type* self_;
  owner& owner_;
  runtime_ptr shared_;
  once_book& book_;
  const once_runs& runs_;
  once_ring ring_;
  once_nodes nodes_;
  /// The ring for which the others were asked for their keys.
  std::uint64_t asked_version_ = 0;
  time_point ring_since_;
};

} // namespace stagedoor
