#include "stagedoor/actors/groups/history_keeper.hpp"

#include "stagedoor/actors/description/group_rules.hpp"
#include "stagedoor/actors/units/expiry.hpp"

#include <memory>
#include <utility>

namespace stagedoor {

history_keeper_state::history_keeper_state(pointer self)
    : self_(self), due_(sends_expired(self, 0)) {}

history_keeper_actor::behavior_type
history_keeper_state::start(history_keeper_setup setup) {
  setup_ = std::move(setup);
  const auto& bounds = setup_.shared->limits;
  histories_.emplace(bounds.history_bytes_max, bounds.histories_unused_max,
                     setup_.shared->make_epoch);
  self_->home().arm(due_, sweep_interval);
  return {
      [this](const group_batch& batch) {
        for (const auto& line : batch.lines)
          number(line);
      },
      [this](const history_query& query) { return read(query); },
      [this](const group_use& told) { use(told); },
      [this](const std::vector<caf::actor>& units) {
        for (const auto& hub : units)
          hubs_.push_back(caf::actor_cast<group_hub_actor>(hub));
      },
      [this](expired_atom, std::uint64_t) { sweep(); },
  };
}

void history_keeper_state::open(const std::string& group) {
  if (!histories_->has(group))
    histories_->open(
        group, policy_of(group, *setup_.endpoints).kept.value_or(history{}),
        self_->home().now());
}

void history_keeper_state::number(const group_line& line) {
  open(line.group);
  const numbered_line numbered{
      line.group,
      std::make_shared<const numbered_text>(
          histories_->add(line.group, *line.text, self_->home().now())),
      line.except};
  for (const auto& hub : hubs_)
    self_->send(hub, numbered);
}

history_part history_keeper_state::read(const history_query& query) {
  open(query.group);
  return histories_->read(query, self_->home().now());
}

void history_keeper_state::use(const group_use& told) {
  open(told.group);
  const auto& hub = self_->current_sender();
  histories_->use(told, hub ? hub->id() : 0, self_->home().now());
}

void history_keeper_state::sweep() {
  histories_->sweep(self_->home().now());
  self_->home().arm(due_, sweep_interval);
}

history_keeper_actor::behavior_type
history_keeper(history_keeper_state::pointer self, history_keeper_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
