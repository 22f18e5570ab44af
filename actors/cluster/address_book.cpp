#include "stagedoor/actors/cluster/address_book.hpp"

#include <algorithm>

namespace stagedoor {

address_book::address_book(scheduler schedule)
    : schedule_(std::move(schedule)), random_(std::random_device{}()) {}

// -- which addresses there are ------------------------------------------------

void address_book::listens_at(const std::string& address) {
  own_address_ = address;
  own_addresses_.insert(address);
}

void address_book::exclude(const std::string& address) {
  own_addresses_.insert(address);
  entries_.erase(address);
}

bool address_book::learn(node_address parts, bool is_seed,
                         clock::time_point now) {
  auto address = parts.text();
  if (own_addresses_.contains(address) || entries_.contains(address))
    return true;
  if (entries_.size() >= cluster_limits::addresses_max)
    return false;
  auto& added = entries_[address];
  added.address = address;
  added.parts = std::move(parts);
  added.is_seed = is_seed;
  added.last_seen = now;
  schedule(added, first_delay(address));
  return true;
}

address_book::entry* address_book::find(const std::string& address) {
  auto found = entries_.find(address);
  return found == entries_.end() ? nullptr : &found->second;
}

address_book::entry* address_book::find_try(const address_try& current) {
  auto* found = find(current.address);
  return found == nullptr || found->attempt != current.attempt ? nullptr
                                                               : found;
}

// -- when they are tried ------------------------------------------------------

void address_book::reached(entry& target, const std::string& name) {
  target.node = name;
  target.failures = 0;
  ++target.attempt;
  complaints_.erase(target.address);
}

void address_book::look_for(const std::string& address, const std::string& name,
                            clock::time_point now) {
  for (auto& [key, candidate] : entries_)
    if (candidate.leads_to(address, name)) {
      candidate.failures = 0;
      candidate.last_seen = now;
      schedule(candidate, first_delay(key));
    }
}

void address_book::try_again(entry& target, bool refused) {
  target.is_awaited = false;
  const auto doubled =
      cluster_limits::backoff_min * (1U << std::min(target.failures++, 8U));
  const auto bound = target.node.empty() ? cluster_limits::backoff_unknown_max
                                         : cluster_limits::backoff_max;
  const auto most = std::min<milliseconds>(bound, doubled);
  schedule(target, refused ? cluster_limits::backoff_max
                                 + random_up_to(cluster_limits::backoff_min)
                           : random_up_to(most));
}

void address_book::heard_of(const std::string& address,
                            const std::string& name) {
  for (auto& [key, candidate] : entries_)
    if (candidate.leads_to(address, name))
      candidate.is_awaited = false;
}

std::size_t address_book::awaited() const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [](const auto& x) { return x.second.is_awaited; }));
}

void address_book::schedule(entry& target, milliseconds delay) {
  ++target.attempt;
  schedule_(target, delay);
}

address_book::milliseconds address_book::random_up_to(milliseconds most) {
  return milliseconds{std::uniform_int_distribution<milliseconds::rep>{
      0, most.count()}(random_)};
}

address_book::milliseconds
address_book::first_delay(const std::string& address) {
  return random_up_to(cluster_limits::backoff_min)
         + (own_address_ < address ? milliseconds{0}
                                   : cluster_limits::head_start);
}

// -- what is wrong with them --------------------------------------------------

bool address_book::is_news(const std::string& address,
                           const std::string& complaint) {
  // Addresses come from others.
  if (complaints_.size() >= cluster_limits::addresses_max)
    complaints_.clear();
  return std::exchange(complaints_[address], complaint) != complaint;
}

} // namespace stagedoor
