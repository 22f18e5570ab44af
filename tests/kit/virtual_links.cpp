#include "stagedoor/testing/virtual_links.hpp"

#include <algorithm>

namespace stagedoor::testing {

namespace {

using namespace std::chrono_literals;

} // namespace

virtual_links::virtual_links(chance& random, std::size_t nodes,
                             clock::time_point start)
    : random_(random), now_(start), nodes_(nodes) {}

// -- nodes --------------------------------------------------------------------

void virtual_links::begin(std::size_t node, end& here) {
  auto& begun = nodes_.at(node);
  begun.here = &here;
  ++begun.incarnation;
  for (std::size_t peer = 0; peer < nodes_.size(); ++peer)
    if (peer != node)
      look_for(node, peer);
}

void virtual_links::kill(std::size_t node) {
  auto& killed = nodes_.at(node);
  killed.here = nullptr;
  killed.frozen_at.reset();
  std::vector<std::uint64_t> ended;
  for (auto& [number, each] : links_)
    for (std::size_t index : {0, 1})
      if (each.sides[index].node == node && each.sides[index].is_open) {
        close(each, index);
        ended.push_back(number);
      }
  for (auto number : ended)
    erase_if_over(number);
}

void virtual_links::freeze(std::size_t node) {
  if (!runs(node))
    return;
  nodes_[node].frozen_at = now_;
  disturb([node](std::size_t one,
                 std::size_t other) { return one == node || other == node; },
          false);
}

void virtual_links::thaw(std::size_t node) {
  auto& thawed = nodes_.at(node);
  if (!thawed.frozen_at)
    return;
  // What a node waits at least for a sign of life.
  const auto is_late = now_ - *thawed.frozen_at > 3s;
  thawed.frozen_at.reset();
  disturb([node](std::size_t one,
                 std::size_t other) { return one == node || other == node; },
          true);
  std::vector<std::pair<std::uint64_t, std::size_t>> own;
  for (auto& [number, each] : links_)
    for (std::size_t index : {0, 1})
      if (each.sides[index].node == node && each.sides[index].is_open)
        own.emplace_back(number, index);
  // Its clock may tell of the silence before what has come meanwhile is read.
  for (auto [number, index] : own)
    if (is_late && random_.one_in(2))
      give_up(number, index);
  for (std::size_t peer = 0; peer < nodes_.size(); ++peer)
    if (peer != node)
      look_for(node, peer);
}

// -- the network --------------------------------------------------------------

void virtual_links::cut(std::size_t one, std::size_t other) {
  cuts_[pair_of(one, other)] = true;
  disturb([ends = pair_of(one, other)](
              std::size_t a, std::size_t b) { return pair_of(a, b) == ends; },
          false);
}

void virtual_links::heal(std::size_t one, std::size_t other) {
  if (!is_cut(one, other))
    return;
  cuts_[pair_of(one, other)] = false;
  disturb([ends = pair_of(one, other)](
              std::size_t a, std::size_t b) { return pair_of(a, b) == ends; },
          true);
  look_for(one, other);
}

bool virtual_links::is_cut(std::size_t one, std::size_t other) const {
  const auto found = cuts_.find(pair_of(one, other));
  return found != cuts_.end() && found->second;
}

void virtual_links::send(std::uint64_t number, std::size_t from, parcel what) {
  const auto found = links_.find(number);
  if (found == links_.end())
    return;
  for (auto& side : found->second.sides)
    if (side.node == from && side.is_open) {
      auto& out = side.out;
      out.last_due = std::max(out.last_due, now_ + delay_of_parcel());
      out.waiting.push_back({out.last_due, std::move(what)});
    }
}

/// Most take less than a millisecond, and a few as long as TCP takes to send
/// something once more.
virtual_links::clock::duration virtual_links::delay_of_parcel() {
  if (random_.one_in(200))
    return random_.between(20ms, 300ms);
  if (random_.one_in(10))
    return random_.between(1ms, 20ms);
  return random_.between(50us, 1ms);
}

// -- time ---------------------------------------------------------------------

virtual_links::clock::time_point virtual_links::next() const {
  auto result = clock::time_point::max();
  if (!timers_.empty())
    result = timers_.begin()->first.first;
  for (const auto& [number, each] : links_)
    for (std::size_t from : {0, 1})
      if (can_arrive(each, from))
        result = std::min(result, each.sides[from].out.waiting.front().due);
  return result;
}

bool virtual_links::run_next() {
  const auto due = next();
  if (due > now_)
    return false;
  if (!timers_.empty() && timers_.begin()->first.first == due) {
    auto first = timers_.extract(timers_.begin());
    first.mapped()();
    return true;
  }
  for (const auto& [number, each] : links_)
    for (std::size_t from : {0, 1})
      if (can_arrive(each, from)
          && each.sides[from].out.waiting.front().due == due) {
        deliver(number, from);
        return true;
      }
  return false;
}

void virtual_links::later(std::size_t node, clock::duration delay,
                          std::function<void()> what) {
  schedule(delay, [this, node, what = std::move(what),
                   incarnation = nodes_.at(node).incarnation] {
    if (is_up(node) && nodes_[node].incarnation == incarnation)
      what();
  });
}

void virtual_links::schedule(clock::duration delay,
                             std::function<void()> what) {
  timers_.emplace(std::pair{now_ + delay, ++last_timer_}, std::move(what));
}

// -- links --------------------------------------------------------------------

/// Has one of two nodes connect to the other one, after a while.
void virtual_links::look_for(std::size_t one, std::size_t other) {
  if (random_.one_in(2))
    std::swap(one, other);
  schedule(random_.between(1ms, 500ms),
           [this, one, other] { dial(one, other); });
}

void virtual_links::dial(std::size_t one, std::size_t other) {
  if (are_linked(one, other))
    return;
  if (!runs(one) || !runs(other) || is_cut(one, other)) {
    for (auto [node, peer] : {std::pair{one, other}, std::pair{other, one}})
      if (runs(node))
        nodes_[node].here->not_reached(peer);
    return;
  }
  const auto number = ++last_link_;
  links_.emplace(number, link{{link_side{one, nodes_[one].incarnation},
                               link_side{other, nodes_[other].incarnation}}});
  nodes_[one].here->connected(number, other);
}

/// Whether two nodes have a link, even if one of them has given it up.
bool virtual_links::are_linked(std::size_t one, std::size_t other) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
    const auto& [first, second] = entry.second.sides;
    return pair_of(first.node, second.node) == pair_of(one, other)
           && first.incarnation == nodes_[first.node].incarnation
           && second.incarnation == nodes_[second.node].incarnation;
  });
}

/// Whether nothing comes to a side although it has a link.
bool virtual_links::has_silence(const link& of, std::size_t index) const {
  const auto& [node, incarnation, is_open, out] = of.sides[index];
  const auto& other = of.sides[1 - index];
  return is_open && runs(node)
         && (is_cut(node, other.node)
             || (is_frozen(other.node)
                 && nodes_[other.node].incarnation == other.incarnation));
}

/// Has each side give up a link unless the silence is over by then.
void virtual_links::watch(link_map::value_type& entry) {
  auto& [number, of] = entry;
  ++of.silence;
  for (std::size_t index : {0, 1})
    if (has_silence(of, index))
      schedule(random_.between(500ms, 4s),
               [this, number = number, index, silence = of.silence] {
                 const auto found = links_.find(number);
                 if (found != links_.end() && found->second.silence == silence
                     && has_silence(found->second, index))
                   give_up(number, index);
               });
}

/// The network between some nodes has changed.
/// @param is_over whether what was held up comes through now.
template <class Wanted>
void virtual_links::disturb(Wanted wanted, bool is_over) {
  for (auto& entry : links_) {
    auto& sides = entry.second.sides;
    if (!wanted(sides[0].node, sides[1].node))
      continue;
    watch(entry);
    if (!is_over)
      continue;
    for (auto& side : sides) {
      // It is sent once more.
      const auto again = now_ + random_.between(1ms, 200ms);
      for (auto& each : side.out.waiting)
        each.due = std::max(each.due, again);
      side.out.last_due = std::max(side.out.last_due, again);
    }
  }
}

/// A side has not heard anything for too long.
void virtual_links::give_up(std::uint64_t number, std::size_t index) {
  auto& of = links_.at(number);
  close(of, index);
  const auto node = of.sides[index].node;
  const auto peer = of.sides[1 - index].node;
  erase_if_over(number);
  nodes_[node].here->lost(number, peer);
}

/// Ends one side, of which the other side hears if anything comes through.
void virtual_links::close(link& of, std::size_t index) {
  auto& own = of.sides[index];
  own.is_open = false;
  of.sides[1 - index].out.waiting.clear();
  // What the kernel has to send, it sends first, or throws away.
  if (is_up(own.node) && random_.one_in(2))
    own.out.waiting.clear();
  own.out.last_due = std::max(own.out.last_due, now_ + delay_of_parcel());
  own.out.waiting.push_back({own.out.last_due, {}, true});
}

void virtual_links::erase_if_over(std::uint64_t number) {
  const auto found = links_.find(number);
  if (found == links_.end())
    return;
  const auto& [first, second] = found->second.sides;
  if (first.is_open || second.is_open)
    return;
  const auto ends = pair_of(first.node, second.node);
  links_.erase(found);
  look_for(ends.first, ends.second);
}

// -- what is due --------------------------------------------------------------

/// Whether the first parcel of a side is only a matter of time.
bool virtual_links::can_arrive(const link& of, std::size_t from) const {
  const auto& sender = of.sides[from];
  const auto& receiver = of.sides[1 - from];
  return !sender.out.waiting.empty() && receiver.is_open && runs(receiver.node)
         && !is_cut(sender.node, receiver.node);
}

void virtual_links::deliver(std::uint64_t number, std::size_t from) {
  auto& of = links_.at(number);
  const auto next = std::move(of.sides[from].out.waiting.front());
  of.sides[from].out.waiting.pop_front();
  const auto node = of.sides[1 - from].node;
  const auto peer = of.sides[from].node;
  if (!next.is_last) {
    nodes_[node].here->arrived(number, peer, next.what);
    return;
  }
  of.sides[1 - from].is_open = false;
  erase_if_over(number);
  nodes_[node].here->lost(number, peer);
}

} // namespace stagedoor::testing
