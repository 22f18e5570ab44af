#pragma once

#include "stagedoor/actors/query_messages.hpp"
#include "stagedoor/protocol/packed.hpp"

#include "caf/actor.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor {

/// Packs the questions of one unit for one node. The scope of a connection,
/// which is most of a question, crosses once and is then referred to by a
/// number: both sides keep the same `cluster_limits::query_scopes_max` scopes,
/// and a further one replaces the oldest. So all batches have to arrive, in
/// their order.
/// Thread rule: one owner.
class query_packer {
public:
  void add(const far_query& query);

  /// How many questions have been added since the last `take`.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// What has been added, without a number and a timeout.
  query_batch take();

private:
  /// Of a scope that is kept, and of its connection: nothing else can have this
  /// address.
  using key = std::pair<const scope*, caf::actor_id>;

  std::uint64_t actor_number(const caf::actor& whom);
  void add_origin(const request_data& about);

  query_batch batch_;
  packer queries_;
  std::size_t size_ = 0;
  /// By their numbers.
  std::vector<std::pair<scope_ptr, caf::actor_id>> kept_;
  std::map<key, std::uint64_t> numbers_;
  /// The number of the scope that is replaced next.
  std::size_t oldest_ = 0;
};

/// Unpacks what a `query_packer` has packed.
/// Thread rule: one owner.
class query_unpacker {
public:
  /// @returns nothing if the batch is none, or does not follow the last one.
  std::optional<std::vector<far_query>> unpack(query_batch& batch);

private:
  /// By their numbers.
  std::vector<std::pair<scope_ptr, caf::actor>> kept_;
};

} // namespace stagedoor
