#include "stagedoor/actors/cluster/query_batches.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace stagedoor {

// What is packed of a question: the number of its actor in the batch; where it
// is from; what is asked; the message; the object.

void query_packer::add(const far_query& query) {
  const auto& [whom, what] = query;
  queries_.number(actor_number(whom));
  origins_.add(queries_, what.about.data(), batch_);
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

query_batch query_packer::take() {
  batch_.queries = queries_.take();
  size_ = 0;
  return std::exchange(batch_, {});
}

std::optional<std::vector<far_query>>
query_unpacker::unpack(query_batch& batch) {
  if (!origins_.begin(batch))
    return std::nullopt;
  std::vector<far_query> result;
  for (unpacker from{batch.queries}; !from.empty();) {
    const auto whom = from.number();
    const auto* where = origins_.next(from, batch);
    auto& [target, what] = result.emplace_back();
    what.asked = static_cast<question>(from.number());
    const auto message = from.text();
    const std::string object{from.text()};
    if (from.has_failed() || where == nullptr || whom >= batch.actors.size())
      return std::nullopt;
    target = batch.actors[whom];
    if (stagedoor::unpack(what.about, message, where->from, where->connection)
        || object_from_wire(what, object))
      return std::nullopt;
  }
  return result;
}

} // namespace stagedoor
