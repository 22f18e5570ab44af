#include "stagedoor/actors/cluster/cluster_board.hpp"

#include <algorithm>

namespace stagedoor {

cluster_board::cluster_board(std::string name)
    : name_(std::move(name)), services_(std::make_shared<service_directory>()) {
}

bool cluster_board::offer(const std::string& service,
                          const caf::actor& handle) {
  std::lock_guard lock{mutex_};
  auto entry = std::pair{service, handle};
  if (std::find(offers_.begin(), offers_.end(), entry) != offers_.end())
    return false;
  offers_.push_back(std::move(entry));
  services_->set(name_, offers_);
  return true;
}

bool cluster_board::withdraw(const std::string& service,
                             const caf::actor& handle) {
  std::lock_guard lock{mutex_};
  if (std::erase(offers_, std::pair{service, handle}) == 0)
    return false;
  services_->set(name_, offers_);
  return true;
}

bool cluster_board::withdraw(const caf::actor_addr& ended) {
  std::lock_guard lock{mutex_};
  if (std::erase_if(offers_,
                    [&](const auto& entry) { return entry.second == ended; })
      == 0)
    return false;
  services_->set(name_, offers_);
  return true;
}

cluster_board::offers cluster_board::own_offers() const {
  std::lock_guard lock{mutex_};
  return offers_;
}

void cluster_board::peers(std::vector<peer_view> seen) {
  std::lock_guard lock{mutex_};
  peers_ = std::move(seen);
}

std::vector<peer_view> cluster_board::peers() const {
  std::lock_guard lock{mutex_};
  return peers_;
}

void cluster_board::awaits(std::size_t nodes) {
  awaited_ = nodes;
  if (nodes == 0)
    joined_ = true;
}

} // namespace stagedoor
