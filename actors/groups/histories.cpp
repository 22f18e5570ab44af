#include "stagedoor/actors/groups/histories.hpp"

#include <utility>

namespace stagedoor {

void histories::open(const std::string& group, const history& bounds,
                     time_point now) {
  const auto [found, is_new] =
      groups_.try_emplace(group, entry{group_history{bounds}});
  if (!is_new)
    return;
  found->second.epoch = make_epoch_();
  found->second.age = bounds.age;
  found->second.last_used = now;
}

numbered_text histories::add(const std::string& group, std::string_view encoded,
                             time_point now) {
  auto& target = groups_.at(group);
  const group_position position{target.epoch, target.events.last() + 1};
  numbered_text result{position, number_event(encoded, group, position.offset)};
  target.last_used = now;
  change(target, [&](group_history& x) { x.add(result.text, now); });
  heard(target);
  while (bytes_ > bytes_max_) {
    auto& silent = *by_silence_.front();
    change(silent, [](group_history& x) { x.drop_block(); });
    if (silent.events.bytes() == 0) {
      by_silence_.pop_front();
      silent.has_place = false;
    }
  }
  return result;
}

/// The last event is of this group.
void histories::heard(entry& what) {
  if (what.has_place)
    by_silence_.erase(what.place);
  what.place = by_silence_.insert(by_silence_.end(), &what);
  what.has_place = true;
}

history_part histories::read(const history_query& query, time_point now) {
  auto& from = groups_.at(query.group);
  from.last_used = now;
  change(from, [&](group_history& x) { x.drop_old(now); });
  const auto& events = from.events;
  history_part result{{from.epoch, events.last()}, events.first()};
  const auto after = query.after.offset;
  if (query.bytes_max > 0 && query.after.epoch == from.epoch
      && after >= events.first() - 1 && after <= events.last())
    result.texts = events.read(after, query.bytes_max);
  return result;
}

void histories::use(const group_use& told, caf::actor_id hub, time_point now) {
  auto& target = groups_.at(told.group);
  target.last_used = now;
  if (told.is_used)
    target.hubs.insert(hub);
  else
    target.hubs.erase(hub);
}

void histories::sweep(time_point now) {
  for (auto next = groups_.begin(); next != groups_.end();) {
    auto& each = next->second;
    change(each, [&](group_history& x) { x.drop_old(now); });
    if (each.events.bytes() > 0 || !each.hubs.empty()
        || now - each.last_used <= each.age) {
      ++next;
      continue;
    }
    if (each.has_place)
      by_silence_.erase(each.place);
    next = groups_.erase(next);
  }
}

} // namespace stagedoor
