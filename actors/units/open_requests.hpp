#pragma once

#include "stagedoor/actors/units/expiry.hpp"
#include "stagedoor/actors/units/spare_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace stagedoor {

/// The requests that an actor has begun and not answered yet, each under a
/// number that the table never gives twice. Whatever happens to a request
/// (an answer, a deadline, a death) names it by its number; who finds no entry
/// under it comes too late.
/// Thread rule: one owner.
template <class Request>
class open_requests {
public:
  using map_type = std::pmr::unordered_map<std::uint64_t, Request>;
  using node_type = typename map_type::node_type;

  /// A request that was just added. The reference holds until it is taken.
  struct added {
    std::uint64_t id;
    Request& request;
  };

  /// Adds a request that is made of `xs`.
  template <class... Ts>
  added add(Ts&&... xs) {
    return add_reserved(reserve(), std::forward<Ts>(xs)...);
  }

  /// A number for a request that is added later, or never.
  std::uint64_t reserve() { return ++last_id_; }

  /// Adds a request under a reserved number, unless one is open under it.
  template <class... Ts>
  added add_reserved(std::uint64_t id, Ts&&... xs) {
    return {id,
            entries_.try_emplace(id, std::forward<Ts>(xs)...).first->second};
  }

  /// Adds a request with a deadline: it is made of `xs` and the callback of the
  /// deadline, which sends `expired_atom` with its number to the actor.
  template <class Self, class... Ts>
  added add_expiring(Self* self, Ts&&... xs) {
    return add(std::forward<Ts>(xs)..., sends_expired(self, last_id_ + 1));
  }

  /// @returns null if the request has been taken.
  Request* find(std::uint64_t id) {
    auto i = entries_.find(id);
    return i == entries_.end() ? nullptr : &i->second;
  }

  /// The request, which must be open.
  Request& at(std::uint64_t id) { return entries_.at(id); }

  /// Takes a request out, to answer it.
  /// @returns an empty node if it has been taken before.
  node_type take(std::uint64_t id) { return entries_.extract(id); }

  /// Takes out the requests that satisfy `pred`, and calls `f` for each.
  template <class Predicate, class F>
  void take_if(Predicate pred, F f) {
    for (auto i = entries_.begin(); i != entries_.end();)
      if (pred(i->second)) {
        f(i->second);
        i = entries_.erase(i);
      } else {
        ++i;
      }
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  /// Pairs of number and request, in no order.
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }

private:
  std::uint64_t last_id_ = 0;
  spare_memory memory_;
  map_type entries_{&memory_};
};

} // namespace stagedoor
