#include "stagedoor/actors/groups/member_survey.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

member_survey::~member_survey() {
  for (auto& [id, open] : questions_)
    open.promise.deliver(make_error(errc::unavailable));
}

caf::result<member_list>
member_survey::ask(const std::string& group_name, member_count own,
                   const std::vector<recipient>& others) {
  if (others.empty())
    return own.take();
  auto promise = self_->make_response_promise<member_list>();
  auto added = questions_.add_expiring(self_, promise, std::move(own));
  added.request.missing = others.size();
  self_->home().arm(added.request.due, timeout_);
  for (const auto& [hub, reach] : others)
    // What is late makes the list incomplete; then CAF may forget it.
    self_
        ->request(caf::actor_cast<group_hub_actor>(hub), timeout_ * 2,
                  caf::get_atom_v, group_name, reach)
        .then([this,
               id = added.id](const member_list& part) { answered(id, &part); },
              [this, id = added.id](const caf::error&) {
                answered(id, nullptr);
              });
  return promise;
}

/// @param part null if it will not come.
void member_survey::answered(std::uint64_t id, const member_list* part) {
  auto* open = questions_.find(id);
  if (open == nullptr)
    return; // Too late.
  if (part == nullptr)
    open->present.miss();
  else
    open->present.add(*part);
  if (--open->missing == 0)
    finish(id);
}

void member_survey::finish(std::uint64_t id) {
  auto done = questions_.take(id);
  if (!done)
    return;
  auto& open = done.mapped();
  if (open.missing > 0)
    open.present.miss();
  open.promise.deliver(open.present.take());
}

} // namespace stagedoor
