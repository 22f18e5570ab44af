#pragma once

#include "stagedoor/actors/cluster/origins.hpp"
#include "stagedoor/actors/far_messages.hpp"
#include "stagedoor/protocol/packed.hpp"

#include "caf/actor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace stagedoor {

/// Packs the questions of one unit for one node.
/// Thread rule: one owner.
class query_packer {
public:
  void add(const far_query& query);

  /// How many questions have been added since the last `take`, and the bytes of
  /// their text.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return queries_.size(); }

  /// What has been added, without a number and a timeout.
  query_batch take();

private:
  std::uint64_t actor_number(const caf::actor& whom);

  query_batch batch_;
  packer queries_;
  std::size_t size_ = 0;
  origin_packer origins_;
};

/// Unpacks what a `query_packer` has packed.
/// Thread rule: one owner.
class query_unpacker {
public:
  /// @returns nothing if the batch is none, or does not follow the last one.
  std::optional<std::vector<far_query>> unpack(query_batch& batch);

private:
  origin_unpacker origins_;
};

} // namespace stagedoor
