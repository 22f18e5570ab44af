#pragma once

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/protocol/packed.hpp"
#include "stagedoor/protocol/request.hpp"

#include "caf/actor.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace stagedoor {

/// Packs where messages are from: the scope of a connection, which is most of a
/// message, and the connection. Both cross to another node once and are then
/// referred to by a number: both sides keep the same
/// `cluster_limits::batch_origins_max` of them, and a further one replaces the
/// oldest. So all batches have to arrive, in their order.
/// Thread rule: one owner.
class origin_packer {
public:
  /// Writes twice the number of an origin, and 1 more where the batch brings
  /// it.
  /// @param batch has `scopes` and `connections`.
  template <class Batch>
  void add(packer& to, const request_data& about, Batch& batch) {
    const auto connection = about.connection ? about.connection.id() : 0;
    const auto [entry, is_new] =
        numbers_.try_emplace(key{about.scope.get(), connection}, oldest_);
    to.number(2 * entry->second + (is_new ? 1 : 0));
    if (!is_new)
      return;
    batch.scopes.push_back(*about.scope);
    batch.connections.push_back(about.connection);
    keep(about.scope, connection);
  }

private:
  /// Of a scope that is kept, and of its connection: nothing else can have this
  /// address.
  using key = std::pair<const scope*, caf::actor_id>;

  void keep(const scope_ptr& from, caf::actor_id connection) {
    if (oldest_ == kept_.size()) {
      kept_.emplace_back(from, connection);
    } else {
      auto& place = kept_[oldest_];
      numbers_.erase(key{place.first.get(), place.second});
      place = {from, connection};
    }
    oldest_ = (oldest_ + 1) % cluster_limits::batch_origins_max;
  }

  /// By their numbers.
  std::vector<std::pair<scope_ptr, caf::actor_id>> kept_;
  std::map<key, std::uint64_t> numbers_;
  /// The number of the origin that is replaced next.
  std::size_t oldest_ = 0;
};

/// Where a message is from.
struct origin {
  scope_ptr from;
  caf::actor connection;
};

/// Unpacks what an `origin_packer` has packed.
/// Thread rule: one owner.
class origin_unpacker {
public:
  /// Begins a batch.
  /// @returns false if it is none.
  template <class Batch>
  bool begin(const Batch& batch) {
    taken_ = 0;
    return batch.connections.size() == batch.scopes.size();
  }

  /// @param batch the one that has begun.
  /// @returns null if there is no such origin.
  template <class Batch>
  const origin* next(unpacker& from, Batch& batch) {
    const auto packed = from.number();
    const auto number = packed / 2;
    if (packed % 2 == 1) {
      if (taken_ == batch.scopes.size() || number > kept_.size()
          || number >= cluster_limits::batch_origins_max)
        return nullptr;
      if (number == kept_.size())
        kept_.emplace_back();
      kept_[number] = {
          std::make_shared<const scope>(std::move(batch.scopes[taken_])),
          std::move(batch.connections[taken_])};
      ++taken_;
    }
    return number < kept_.size() ? &kept_[number] : nullptr;
  }

private:
  /// By their numbers.
  std::vector<origin> kept_;
  /// How many the batch has brought so far.
  std::size_t taken_ = 0;
};

} // namespace stagedoor
