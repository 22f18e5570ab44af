#include "stagedoor/actors/cluster/peer_table.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"

#include <utility>

namespace stagedoor {

std::string peer_table::refusal_of(const node_hello& self,
                                   const node_hello& theirs) const {
  if (theirs.incarnation == self.incarnation)
    return {};
  if (auto difference = self.mismatch(theirs); !difference.empty())
    return theirs.text() + ' ' + difference;
  if (theirs.name == self.name)
    return theirs.text() + " has the name of " + self.text();
  auto known = peers_.find(theirs.name);
  // At the same address it can only be a later process.
  if (known != peers_.end() && known->second.handle
      && known->second.about.incarnation != theirs.incarnation
      && known->second.about.address != theirs.address)
    return theirs.text() + " has the name of " + known->second.about.text();
  return {};
}

peer_table::peer peer_table::admit(const node_hello& theirs,
                                   const caf::actor& handle) {
  std::erase_if(peers_, [&](const auto& x) {
    return x.first != theirs.name && !x.second.handle
           && x.second.about.address == theirs.address;
  });
  auto& known = peers_[theirs.name];
  return std::exchange(known, {theirs, handle, known.is_lost});
}

bool peer_table::forget(const std::string& name) {
  auto known = peers_.find(name);
  if (known == peers_.end() || known->second.handle)
    return false;
  peers_.erase(known);
  return true;
}

peer_table::peer* peer_table::find(const caf::actor_addr& address) {
  for (auto& [name, known] : peers_)
    if (known.handle && are_same(known.handle.address(), address))
      return &known;
  return nullptr;
}

std::vector<const peer_table::peer*> peer_table::up() const {
  std::vector<const peer*> result;
  for (const auto& [name, known] : peers_)
    if (known.handle)
      result.push_back(&known);
  return result;
}

std::vector<peer_view> peer_table::views() const {
  std::vector<peer_view> result;
  for (const auto& [name, known] : peers_)
    result.push_back({name, known.about.address, known.about.roles,
                      static_cast<bool>(known.handle), known.is_lost});
  return result;
}

} // namespace stagedoor
