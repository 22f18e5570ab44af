#include "stagedoor/actors/cluster/service_directory.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

service_directory::service_directory()
    : table_(std::make_shared<const service_table>()) {}

void service_directory::set(
    const std::string& node,
    const std::vector<std::pair<std::string, caf::actor>>& offered) {
  std::lock_guard lock{mutex_};
  auto next = std::make_shared<service_table>(*table_);
  for (auto& [name, entries] : *next)
    std::erase_if(entries, [&](const auto& x) { return x.node == node; });
  for (const auto& [name, handle] : offered) {
    auto& entries = (*next)[name];
    auto place = std::upper_bound(
        entries.begin(), entries.end(), node,
        [](const std::string& left, const service_entry& right) {
          return left < right.node;
        });
    entries.insert(place, {node, handle});
  }
  std::erase_if(*next, [](const auto& x) { return x.second.empty(); });
  if (*next == *table_)
    return;
  table_ = std::move(next);
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const service_table> service_directory::table() const {
  std::lock_guard lock{mutex_};
  return table_;
}

std::vector<service_entry>
service_directory::entries(std::string_view service) const {
  const auto now = table();
  const auto found = now->find(service);
  return found == now->end() ? std::vector<service_entry>{} : found->second;
}

} // namespace stagedoor
