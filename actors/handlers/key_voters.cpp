#include "stagedoor/actors/handlers/key_voters.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <algorithm>
#include <functional>

namespace stagedoor {

// -- other nodes --------------------------------------------------------------

void key_voters::met(const std::string& node, time_point now) {
  // It lets nobody have this node's keys before it knows them.
  auto& known =
      nodes_.try_emplace(node, voter{now, now, false, false}).first->second;
  known.is_lost = false;
  board_->reaches(node, true);
}

std::vector<std::string>
key_voters::listed(const std::string& node,
                   const std::vector<std::string>& keys, time_point now) {
  met(node, now);
  auto& known = nodes_.at(node);
  known.has_listed = true;
  known.heard = now;
  board_->take_all(node);
  std::vector<std::string> result;
  for (const auto& key : keys) {
    const auto holder = board_->holder(key);
    const auto is_own = holder == board_->own();
    if ((is_own || has_promise(holder, now)) && holder < node)
      continue;
    if (is_own)
      result.push_back(key);
    board_->put(key, node);
  }
  return result;
}

void key_voters::heard(const std::string& node, time_point now) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.heard = now;
}

void key_voters::acknowledged(const std::string& node, time_point sent) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.acknowledged = std::max(found->second.acknowledged, sent);
}

void key_voters::lost(const std::string& node) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.is_lost = true;
  board_->reaches(node, false);
}

void key_voters::left(const std::string& node) {
  nodes_.erase(node);
  board_->take_all(node);
}

void key_voters::forgot(time_point now) {
  votes_from_ = now + cluster_limits::key_promise;
}

std::vector<std::string> key_voters::lost_nodes() const {
  std::vector<std::string> result;
  for (const auto& [node, known] : nodes_)
    if (known.is_lost)
      result.push_back(node);
  return result;
}

// -- keys ---------------------------------------------------------------------

key_vote key_voters::vote(const std::string& node, const std::string& key,
                          time_point now) {
  const auto holder = board_->holder(key);
  if (holder == board_->own() && node != holder)
    return {false, holder, false};
  if (node != holder && has_promise(holder, now))
    return {false, holder, false};
  if (is_unsure(now))
    return {};
  board_->put(key, node);
  return {true, {}, false};
}

/// Whether a node may still have the keys that it had last.
bool key_voters::has_promise(const std::string& node, time_point now) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end()
         && now < found->second.heard + cluster_limits::key_promise;
}

bool key_voters::is_unsure(time_point now) const {
  return now < votes_from_
         || std::any_of(nodes_.begin(), nodes_.end(),
                        [](const auto& x) { return !x.second.has_listed; });
}

key_voters::time_point key_voters::lease_end() const {
  if (nodes_.empty())
    return time_point::max();
  std::vector<time_point> acknowledged;
  for (const auto& [node, known] : nodes_)
    acknowledged.push_back(known.acknowledged);
  const auto last =
      acknowledged.begin() + static_cast<std::ptrdiff_t>(needed() - 1);
  std::nth_element(acknowledged.begin(), last, acknowledged.end(),
                   std::greater<>{});
  return *last + cluster_limits::key_lease;
}

} // namespace stagedoor
