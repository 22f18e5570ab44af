#include "stagedoor/actors/keeping/once_ring.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

bool contains(const std::vector<std::string>& ring, const std::string& life) {
  return std::find(ring.begin(), ring.end(), life) != ring.end();
}

bool has_node(const std::vector<std::string>& ring, const std::string& node) {
  return std::any_of(ring.begin(), ring.end(), [&](const auto& life) {
    return once_ring::node_of(life) == node;
  });
}

} // namespace

once_ring::once_ring(std::string life, time_point now)
    : own_(std::move(life)), born_(now), lives_{own_} {}

// -- other nodes --------------------------------------------------------------

std::string once_ring::heard(const std::string& life, time_point now) {
  const auto node = node_of(life);
  leases_.heard(node, now);
  auto& known = others_[node];
  std::string ended;
  if (known.life != life) {
    ended = known.life;
    if (known.is_in_ring)
      take_out(known, now);
    known = {life, false, known.passed_over};
  }
  if (!known.is_in_ring) {
    known.is_in_ring = true;
    remake();
  }
  return ended;
}

void once_ring::left(const std::string& node, std::optional<time_point> since,
                     time_point now) {
  inherit(since, now);
  forget(node);
}

void once_ring::forget(const std::string& node) {
  leases_.left(node);
  const auto found = others_.extract(node);
  if (found && found.mapped().is_in_ring)
    remake();
}

std::vector<std::string> once_ring::drop_silent(time_point now) {
  std::vector<std::string> result;
  for (auto& [node, known] : others_)
    if (known.is_in_ring && !leases_.has_promise(node, now)) {
      take_out(known, now);
      result.push_back(known.life);
    }
  return result;
}

/// The keys of a node that was taken out are this node's now, or may be.
/// @param since when none can have been lost, if anybody knows.
void once_ring::inherit(std::optional<time_point> since, time_point now) {
  // Without a majority, it may be this node that is away.
  if (!since && !since_before_ && has_learned_ && !has_lease(now))
    since_before_ = since_;
  since_ = std::max(since_, since.value_or(now));
}

void once_ring::take_out(other& gone, time_point now) {
  inherit(gone.told == lives_ ? gone.since : std::nullopt, now);
  gone.is_in_ring = false;
  gone.is_taken_out = true;
  remake();
}

bool once_ring::is_there(const std::string& life) const {
  if (life == own_)
    return true;
  const auto node = node_of(life);
  const auto found = others_.find(node);
  return found != others_.end() && found->second.life == life
         && leases_.is_there(node);
}

std::string once_ring::life_at(const std::string& node) const {
  const auto found = others_.find(node);
  return found != others_.end() ? found->second.life : std::string{};
}

// -- the lease ----------------------------------------------------------------

bool once_ring::agrees(const std::string& life,
                       const std::vector<std::string>& ring, time_point now) {
  const auto& promise = cluster_limits::key_promise;
  const auto& passed_over = others_.at(node_of(life)).passed_over;
  if (now < born_ + promise || (passed_over && now < *passed_over + promise))
    return false;
  if (!std::all_of(lives_.begin(), lives_.end(),
                   [&](const auto& each) { return contains(ring, each); }))
    return false;
  for (auto& [node, known] : others_)
    if (!has_node(ring, node))
      known.passed_over = now;
  return true;
}

void once_ring::agreed(const std::string& node,
                       const std::vector<std::string>& ring, time_point sent) {
  if (ring == lives_)
    leases_.acknowledged(node, sent);
}

// -- the ring -----------------------------------------------------------------

void once_ring::remake() {
  // What was told for this ring does not count when it comes back.
  for (auto& [node, known] : others_) {
    if (known.told == lives_)
      known.told.clear();
    known.handed.clear();
  }
  lives_ = {own_};
  for (const auto& [node, known] : others_)
    if (known.is_in_ring)
      lives_.push_back(known.life);
  std::sort(lives_.begin(), lives_.end());
  ++version_;
}

once_ring::places once_ring::places_of(const once_key& key,
                                       const std::string& without) const {
  // A size goes before, so that no two keys are spelled the same.
  const auto text =
      std::to_string(key.user.size()) + ':' + key.user + key.key + '\n';
  std::pair<std::uint64_t, const std::string*> first;
  std::pair<std::uint64_t, const std::string*> second;
  for (const auto& life : lives_) {
    if (life == without)
      continue;
    const std::pair next{stable_hash(text + node_of(life)), &life};
    if (first.second == nullptr || next.first > first.first)
      second = std::exchange(first, next);
    else if (second.second == nullptr || next.first > second.first)
      second = next;
  }
  return {first.second != nullptr ? *first.second : std::string{},
          second.second != nullptr ? *second.second : std::string{}};
}

// -- keys that move -----------------------------------------------------------

void once_ring::tells(const std::string& life, std::optional<time_point> since,
                      bool is_settled) {
  auto& known = others_.at(node_of(life));
  known.since = since;
  if (is_settled)
    known.is_taken_out = false;
}

void once_ring::synced(const std::string& life,
                       const std::vector<std::string>& ring, bool was_out,
                       time_point now) {
  auto& known = others_.at(node_of(life));
  known.told = ring;
  known.took_out_own = was_out;
  if (is_settled())
    learn(now);
}

bool once_ring::was_out(const std::string& life) const {
  const auto found = others_.find(node_of(life));
  return found != others_.end() && found->second.is_taken_out;
}

/// Takes from the others since when no key can have been lost, if this node was
/// not there to see it.
void once_ring::learn(time_point now) {
  bool was_away = since_before_.has_value();
  bool is_any_known = false;
  auto since = time_point::min();
  for (const auto& [node, known] : others_)
    if (known.is_in_ring && known.since) {
      is_any_known = true;
      since = std::max(since, *known.since);
      was_away = was_away && known.took_out_own;
    }
  if (was_away && is_any_known)
    since_ = std::max(*since_before_, since);
  else if (!has_learned_)
    since_ = std::max(since_, is_any_known ? since : now);
  since_before_.reset();
  has_learned_ = true;
}

bool once_ring::is_settled() const {
  return std::all_of(others_.begin(), others_.end(), [this](const auto& x) {
    return !x.second.is_in_ring || x.second.told == lives_;
  });
}

void once_ring::handed_to(const std::string& life) {
  if (const auto found = others_.find(node_of(life)); found != others_.end())
    found->second.handed = lives_;
}

bool once_ring::has_handed_over() const {
  return std::all_of(others_.begin(), others_.end(), [this](const auto& x) {
    return !x.second.is_in_ring || x.second.handed == lives_;
  });
}

// -- names --------------------------------------------------------------------

std::string once_ring::life_of(const std::string& node, std::uint64_t number) {
  return node + '/' + std::to_string(number);
}

std::string once_ring::node_of(const std::string& life) {
  return life.substr(0, life.rfind('/'));
}

} // namespace stagedoor
