#pragma once

#include "stagedoor/testing/chance.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor::testing {

/// What one node sends another one over a link, as bytes.
struct parcel {
  /// What the bytes are; the ends of the links agree on it.
  std::uint8_t kind = 0;
  std::vector<char> bytes = {};
};

/// The links between the nodes of a cluster, as TCP connections are: what one
/// side sends arrives at the other side in order, or is lost with the link.
/// Nothing else is in order. How long everything takes comes from the seed, and
/// so does every choice that a network has.
///
/// Two nodes that are up and reach each other get a link after a while. Where
/// nothing comes through any more, both sides go on for up to 4 s, as nodes do
/// that wait for heartbeats, and then each of them gives up the link for
/// itself. What was on its way comes through late if it is healed before that.
/// Limits: none.
/// Thread rule: one thread.
class virtual_links {
public:
  using clock = std::chrono::steady_clock;

  /// A node, as its links see it. The numbers of links are unique for ever.
  class end {
  public:
    /// This node has reached another one, which does not know it yet.
    virtual void connected(std::uint64_t link, std::size_t peer) = 0;
    virtual void arrived(std::uint64_t link, std::size_t peer,
                         const parcel& what) = 0;
    /// Nothing comes over this link any more.
    virtual void lost(std::uint64_t link, std::size_t peer) = 0;
    /// This node has not reached another one.
    virtual void not_reached(std::size_t peer) = 0;

  protected:
    ~end() = default;
  };

  virtual_links(chance& random, std::size_t nodes, clock::time_point start);

  // -- nodes ------------------------------------------------------------------

  /// A process begins. It looks for all others.
  void begin(std::size_t node, end& here);
  /// A process is killed. What it has sent still arrives.
  void kill(std::size_t node);

  /// A process stands still, and goes on.
  void freeze(std::size_t node);
  void thaw(std::size_t node);

  [[nodiscard]] bool is_up(std::size_t node) const {
    return nodes_.at(node).here != nullptr;
  }
  [[nodiscard]] bool is_frozen(std::size_t node) const {
    return nodes_.at(node).frozen_at.has_value();
  }
  /// Whether a node runs now.
  [[nodiscard]] bool runs(std::size_t node) const {
    return is_up(node) && !is_frozen(node);
  }

  // -- the network ------------------------------------------------------------

  /// Nothing comes through between two nodes, and nobody is told.
  void cut(std::size_t one, std::size_t other);
  void heal(std::size_t one, std::size_t other);
  [[nodiscard]] bool is_cut(std::size_t one, std::size_t other) const;

  /// Sends over a link. What is sent over one that has ended is lost.
  void send(std::uint64_t link, std::size_t from, parcel what);

  // -- time -------------------------------------------------------------------

  [[nodiscard]] clock::time_point now() const { return now_; }
  void move_clock(clock::time_point to) { now_ = to; }

  /// When something happens next; the greatest time if nothing will.
  [[nodiscard]] clock::time_point next() const;

  /// Lets the first thing happen that is due.
  /// @returns false if nothing is due.
  bool run_next();

  /// Has something happen later, unless that process has been killed by then.
  void later(std::size_t node, clock::duration delay,
             std::function<void()> what);

private:
  struct posted {
    clock::time_point due;
    parcel what;
    /// Nothing follows.
    bool is_last = false;
  };

  /// One direction.
  struct way {
    std::deque<posted> waiting;
    clock::time_point last_due;
  };

  struct link_side {
    std::size_t node;
    std::uint64_t incarnation;
    bool is_open = true;
    /// What this side has sent.
    way out = {};
  };

  struct link {
    std::array<link_side, 2> sides;
    /// Counts the times of silence, so that what was begun in one of them is
    /// known to be over.
    std::uint64_t silence = 0;
  };

  struct process {
    /// Null while it is down.
    end* here = nullptr;
    std::uint64_t incarnation = 0;
    std::optional<clock::time_point> frozen_at = {};
  };

  using pair_of_nodes = std::pair<std::size_t, std::size_t>;
  using link_map = std::map<std::uint64_t, link>;

  static pair_of_nodes pair_of(std::size_t one, std::size_t other) {
    return one < other ? pair_of_nodes{one, other} : pair_of_nodes{other, one};
  }

  void schedule(clock::duration delay, std::function<void()> what);
  clock::duration delay_of_parcel();

  // -- links ------------------------------------------------------------------

  void look_for(std::size_t one, std::size_t other);
  void dial(std::size_t one, std::size_t other);
  [[nodiscard]] bool are_linked(std::size_t one, std::size_t other) const;
  [[nodiscard]] bool has_silence(const link& of, std::size_t index) const;
  void watch(link_map::value_type& entry);
  template <class Wanted>
  void disturb(Wanted wanted, bool is_over);
  void give_up(std::uint64_t number, std::size_t index);
  void close(link& of, std::size_t index);
  void erase_if_over(std::uint64_t number);

  // -- what is due ------------------------------------------------------------

  [[nodiscard]] bool can_arrive(const link& of, std::size_t from) const;
  void deliver(std::uint64_t number, std::size_t from);

  chance& random_;
  clock::time_point now_;
  std::vector<process> nodes_;
  std::map<pair_of_nodes, bool> cuts_;
  link_map links_;
  std::uint64_t last_link_ = 0;
  /// By the time and a number that counts them.
  std::map<std::pair<clock::time_point, std::uint64_t>, std::function<void()>>
      timers_;
  std::uint64_t last_timer_ = 0;
};

} // namespace stagedoor::testing
