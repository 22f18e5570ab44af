#include "stagedoor/actors/handlers/key_voters.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

namespace stagedoor {

// -- other nodes --------------------------------------------------------------

void key_voters::met(const std::string& node, time_point now) {
  // It lets nobody have this node's keys before it knows them.
  if (nodes_.met(node, now, now))
    unlisted_.insert(node);
  board_->reaches(node, true);
}

std::vector<std::string>
key_voters::listed(const std::string& node,
                   const std::vector<std::string>& keys, time_point now) {
  met(node, now);
  unlisted_.erase(node);
  nodes_.heard(node, now);
  board_->take_all(node);
  std::vector<std::string> result;
  for (const auto& key : keys) {
    const auto holder = board_->holder(key);
    const auto is_own = holder == board_->own();
    if ((is_own || nodes_.has_promise(holder, now)) && holder < node)
      continue;
    if (is_own)
      result.push_back(key);
    board_->put(key, node);
  }
  return result;
}

void key_voters::lost(const std::string& node) {
  nodes_.lost(node);
  board_->reaches(node, false);
}

void key_voters::left(const std::string& node) {
  nodes_.left(node);
  unlisted_.erase(node);
  board_->take_all(node);
}

void key_voters::forgot(time_point now) {
  votes_from_ = now + cluster_limits::key_promise;
}

// -- keys ---------------------------------------------------------------------

key_vote key_voters::vote(const std::string& node, const std::string& key,
                          time_point now) {
  const auto holder = board_->holder(key);
  if (holder == board_->own() && node != holder)
    return {false, holder, false};
  if (node != holder && nodes_.has_promise(holder, now))
    return {false, holder, false};
  if (is_unsure(now))
    return {};
  board_->put(key, node);
  return {true, {}, false};
}

} // namespace stagedoor
