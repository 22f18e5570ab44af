#include "stagedoor/actors/handlers/once_tickets.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"

#include "caf/send.hpp"

#include <utility>

namespace stagedoor {

namespace {

/// Whether an action answers so because something it needs is gone or late.
bool leaves_open(const reply& answer) {
  return answer.status == 503 || answer.status == 504;
}

} // namespace

once_tickets::~once_tickets() {
  for (const auto& [id, known] : tickets_)
    tell_lost(known);
}

void once_tickets::add(std::uint64_t id, once_keeper_actor keeper,
                       std::uint64_t number) {
  tickets_[id] = {std::move(keeper), number};
}

void once_tickets::begin(std::uint64_t id) {
  if (const auto found = tickets_.find(id); found != tickets_.end())
    found->second.has_begun = true;
}

bool once_tickets::has_begun(std::uint64_t id) const {
  const auto found = tickets_.find(id);
  return found != tickets_.end() && found->second.has_begun;
}

void once_tickets::detach(std::uint64_t id, caf::actor_addr holder) {
  if (const auto found = tickets_.find(id); found != tickets_.end())
    found->second.holder = std::move(holder);
}

void once_tickets::end(std::uint64_t id, const reply& answer) {
  const auto known = tickets_.extract(id);
  if (!known)
    return;
  if (!known.mapped().has_begun)
    tell(known.mapped(), once_ending::given_back);
  else if (leaves_open(answer))
    tell(known.mapped(), once_ending::unknown);
  else
    tell(known.mapped(), once_ending::answered, answer);
}

void once_tickets::lose(std::uint64_t id) {
  if (const auto known = tickets_.extract(id))
    tell_lost(known.mapped());
}

void once_tickets::doubt(std::uint64_t id) {
  if (!has_begun(id))
    lose(id);
  else
    tell_lost(tickets_.at(id));
}

void once_tickets::holder_died(const caf::actor_addr& holder,
                               const reply& answer) {
  std::vector<std::uint64_t> held;
  for (const auto& [id, known] : tickets_)
    if (known.holder && are_same(known.holder, holder))
      held.push_back(id);
  for (const auto id : held) {
    const auto known = tickets_.extract(id);
    tell(known.mapped(),
         answer.status >= 400 ? once_ending::answered : once_ending::unknown,
         answer);
  }
}

void once_tickets::tell_lost(const ticket& known) {
  tell(known, known.has_begun ? once_ending::unknown : once_ending::given_back);
}

void once_tickets::tell(const ticket& known, once_ending how, reply answer) {
  caf::anon_send(known.keeper, once_end{known.number, how, std::move(answer)});
}

} // namespace stagedoor
