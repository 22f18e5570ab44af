#include "stagedoor/actors/handlers/key_board.hpp"

namespace stagedoor {

std::string key_prefix(std::string_view endpoint, std::string_view patterns) {
  // No pattern has a line break in it.
  std::string result{endpoint};
  result += '\n';
  result += patterns;
  result += '\n';
  return result;
}

void key_board::put(const std::string& key, const std::string& node) {
  std::lock_guard guard{mutex_};
  holders_.insert_or_assign(key, node);
}

void key_board::take(const std::string& key, const std::string& node) {
  std::lock_guard guard{mutex_};
  if (const auto found = holders_.find(key);
      found != holders_.end() && found->second == node)
    holders_.erase(found);
}

void key_board::take_all(const std::string& node) {
  std::lock_guard guard{mutex_};
  std::erase_if(holders_, [&](const auto& x) { return x.second == node; });
}

std::string key_board::holder(const std::string& key) const {
  std::lock_guard guard{mutex_};
  const auto found = holders_.find(key);
  return found != holders_.end() ? found->second : std::string{};
}

void key_board::reaches(const std::string& node, bool is_reached) {
  std::lock_guard guard{mutex_};
  if (is_reached)
    out_of_reach_.erase(node);
  else
    out_of_reach_.insert(node);
}

std::string key_board::place_of(const std::string& key) const {
  std::lock_guard guard{mutex_};
  const auto found = holders_.find(key);
  return found != holders_.end() && !out_of_reach_.contains(found->second)
             ? found->second
             : std::string{};
}

} // namespace stagedoor
