#include "stagedoor/actors/cluster/query_batches.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace stagedoor {

// What is packed of a question: the number of its actor in the batch; twice the
// number of its scope, and 1 more where the batch brings that scope; what is
// asked; the message; the object.

// -- packing ------------------------------------------------------------------

void query_packer::add(const far_query& query) {
  const auto& [whom, what] = query;
  queries_.number(actor_number(whom));
  add_origin(what.about.data());
  queries_.number(static_cast<std::uint64_t>(what.asked));
  queries_.text(pack(what.about));
  queries_.text(object_to_wire(what));
  ++size_;
}

/// A unit asks few actors of a node.
std::uint64_t query_packer::actor_number(const caf::actor& whom) {
  auto& all = batch_.actors;
  auto found = std::find(all.begin(), all.end(), whom);
  if (found == all.end())
    found = all.insert(found, whom);
  return static_cast<std::uint64_t>(found - all.begin());
}

void query_packer::add_origin(const request_data& about) {
  const auto connection = about.connection ? about.connection.id() : 0;
  const auto [entry, is_new] =
      numbers_.try_emplace(key{about.scope.get(), connection}, oldest_);
  queries_.number(2 * entry->second + (is_new ? 1 : 0));
  if (!is_new)
    return;
  batch_.scopes.push_back(*about.scope);
  batch_.connections.push_back(about.connection);
  if (oldest_ == kept_.size()) {
    kept_.emplace_back(about.scope, connection);
  } else {
    auto& place = kept_[oldest_];
    numbers_.erase(key{place.first.get(), place.second});
    place = {about.scope, connection};
  }
  oldest_ = (oldest_ + 1) % cluster_limits::query_scopes_max;
}

query_batch query_packer::take() {
  batch_.queries = queries_.take();
  size_ = 0;
  return std::exchange(batch_, {});
}

// -- unpacking ----------------------------------------------------------------

std::optional<std::vector<far_query>>
query_unpacker::unpack(query_batch& batch) {
  if (batch.connections.size() != batch.scopes.size())
    return std::nullopt;
  std::vector<far_query> result;
  std::size_t scopes_taken = 0;
  for (unpacker from{batch.queries}; !from.empty();) {
    const auto whom = from.number();
    const auto origin = from.number();
    const auto number = origin / 2;
    if (origin % 2 == 1) {
      if (scopes_taken == batch.scopes.size() || number > kept_.size()
          || number >= cluster_limits::query_scopes_max)
        return std::nullopt;
      if (number == kept_.size())
        kept_.emplace_back();
      kept_[number] = {
          std::make_shared<const scope>(std::move(batch.scopes[scopes_taken])),
          batch.connections[scopes_taken]};
      ++scopes_taken;
    }
    auto& [target, what] = result.emplace_back();
    what.asked = static_cast<question>(from.number());
    const auto message = from.text();
    const std::string object{from.text()};
    if (from.has_failed() || whom >= batch.actors.size()
        || number >= kept_.size())
      return std::nullopt;
    target = batch.actors[whom];
    const auto& [scope, connection] = kept_[number];
    if (stagedoor::unpack(what.about, message, scope, connection)
        || object_from_wire(what, object))
      return std::nullopt;
  }
  return result;
}

} // namespace stagedoor
