#include "stagedoor/actors/cluster/node_leases.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <algorithm>
#include <functional>

namespace stagedoor {

bool node_leases::met(const std::string& node, time_point now,
                      time_point acknowledged) {
  const auto [known, is_new] =
      nodes_.try_emplace(node, other{now, acknowledged});
  known->second.is_lost = false;
  return is_new;
}

void node_leases::heard(const std::string& node, time_point now) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.heard = now;
}

void node_leases::acknowledged(const std::string& node, time_point sent) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.acknowledged = std::max(found->second.acknowledged, sent);
}

void node_leases::lost(const std::string& node) {
  if (const auto found = nodes_.find(node); found != nodes_.end())
    found->second.is_lost = true;
}

std::vector<std::string> node_leases::lost_nodes() const {
  std::vector<std::string> result;
  for (const auto& [node, known] : nodes_)
    if (known.is_lost)
      result.push_back(node);
  return result;
}

bool node_leases::is_there(const std::string& node) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && !found->second.is_lost;
}

bool node_leases::has_promise(const std::string& node, time_point now) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end()
         && now < found->second.heard + cluster_limits::key_promise;
}

node_leases::time_point node_leases::lease_end() const {
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
