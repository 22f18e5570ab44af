#include "stagedoor/actors/cluster/replica_set.hpp"

#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/sec.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// Spreads what differs in a few bits over all of them (the finaliser of
/// SplitMix64).
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  x ^= x >> 31;
  return x;
}

} // namespace

bool are_same(const caf::actor_addr& left, const caf::actor_addr& right) {
  return left.get() == right.get();
}

std::uint64_t stable_hash(std::string_view text) {
  // FNV-1a.
  std::uint64_t result = 0xcbf29ce484222325;
  for (auto letter : text) {
    result ^= static_cast<unsigned char>(letter);
    result *= 0x100000001b3;
  }
  return mix(result);
}

errc reason_of(const caf::error& error) {
  if (error.category() == caf_api::category_of_exits
      || error == caf::sec::request_receiver_down
      || caf_api::is_broken_promise(error)
      || error == make_error(errc::unavailable))
    return errc::unavailable;
  return error == make_error(errc::timed_out)
                 || error == caf::sec::request_timeout
             ? errc::timed_out
             : errc::server_error;
}

replica_set::replica_set(replicas from,
                         std::shared_ptr<const service_directory> directory)
    : from_(std::move(from)), directory_(std::move(directory)) {}

std::vector<caf::actor> replica_set::refresh() {
  auto version =
      from_.service().empty() ? std::uint64_t{1} : directory_->version();
  if (version == version_)
    return {};
  version_ = version;
  auto before = std::exchange(entries_, {});
  std::vector<caf::actor> added;
  auto add = [&](const caf::actor& handle, const std::string& node,
                 const std::string& place) {
    auto known = std::find_if(before.begin(), before.end(), [&](const auto& x) {
      return are_same(x.handle.address(), handle.address());
    });
    if (known != before.end()) {
      entries_.push_back(*known);
      // Its place may be that of one that has gone.
      entries_.back().hash = stable_hash(place);
      return;
    }
    entries_.push_back({handle, node, stable_hash(place), 0, false});
    added.push_back(handle);
  };
  for (const auto& handle : from_.handles())
    add(handle, {}, to_string(handle.address()));
  if (from_.service().empty())
    return added;
  const auto offered = directory_->entries(from_.service());
  std::size_t number = 0;
  const std::string* node = nullptr;
  for (const auto& offer : offered) {
    number = node != nullptr && *node == offer.node ? number + 1 : 0;
    node = &offer.node;
    add(offer.handle, offer.node, offer.node + '/' + std::to_string(number));
  }
  return added;
}

replica_set::entry* replica_set::pick(std::optional<std::uint64_t> key,
                                      const std::vector<caf::actor_addr>& tried,
                                      std::string_view node) {
  entry* best = nullptr;
  auto is_better = [&](const entry& x) {
    if (best == nullptr)
      return true;
    return key ? mix(*key ^ x.hash) > mix(*key ^ best->hash)
               : x.waiting < best->waiting;
  };
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    auto& candidate = entries_[(next_ + i) % entries_.size()];
    auto is_tried =
        std::any_of(tried.begin(), tried.end(), [&](const auto& address) {
          return are_same(address, candidate.handle.address());
        });
    if (!candidate.is_dead && !is_tried
        && (node.empty() || candidate.node == node) && is_better(candidate))
      best = &candidate;
  }
  ++next_;
  return best;
}

replica_set::entry* replica_set::find(const caf::actor_addr& address) {
  for (auto& candidate : entries_)
    if (are_same(candidate.handle.address(), address))
      return &candidate;
  return nullptr;
}

void replica_set::died(const caf::actor_addr& address) {
  if (auto* gone = find(address))
    gone->is_dead = true;
}

} // namespace stagedoor
