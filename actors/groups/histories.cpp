#include "stagedoor/actors/groups/histories.hpp"

#include <utility>

namespace stagedoor {

void histories::open(const std::string& group, const history& bounds,
                     time_point now) {
  const auto [found, is_new] =
      groups_.try_emplace(group, entry{group_history{bounds}});
  if (!is_new)
    return;
  auto& begun = found->second;
  begun.epoch = make_epoch_();
  begun.age = bounds.age;
  begun.unused = unused_.insert(unused_.end(), group);
  begun.last_used = now;
  if (unused_.size() > unused_max_)
    forget(unused_.front());
}

/// A group is asked for, or something happens in it.
void histories::use(entry& what, time_point now) {
  what.last_used = now;
  if (what.unused)
    unused_.splice(unused_.end(), unused_, *what.unused);
}

void histories::forget(const std::string& group) {
  const auto found = groups_.find(group);
  auto& gone = found->second;
  bytes_ -= gone.events.bytes();
  if (gone.has_place)
    by_silence_.erase(gone.place);
  if (gone.unused)
    unused_.erase(*std::exchange(gone.unused, std::nullopt));
  groups_.erase(found);
}

numbered_text histories::add(const std::string& group, std::string_view encoded,
                             time_point now) {
  auto& target = groups_.at(group);
  const group_position position{target.epoch, target.events.last() + 1};
  numbered_text result{position, number_event(encoded, group, position.offset)};
  use(target, now);
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
  use(from, now);
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
  use(target, now);
  if (told.is_used)
    target.hubs.insert(hub);
  else
    target.hubs.erase(hub);
  if (target.hubs.empty() && !target.unused)
    target.unused = unused_.insert(unused_.end(), told.group);
  else if (!target.hubs.empty() && target.unused)
    unused_.erase(*std::exchange(target.unused, std::nullopt));
  if (unused_.size() > unused_max_)
    forget(unused_.front());
}

void histories::sweep(time_point now) {
  for (auto& [group, each] : groups_)
    change(each, [&](group_history& x) { x.drop_old(now); });
  for (auto next = unused_.begin(); next != unused_.end();) {
    const auto& each = groups_.at(*next);
    const auto is_needed =
        each.events.bytes() > 0
        || (each.events.last() > 0 && now - each.last_used <= each.age);
    const auto& group = *next++;
    if (!is_needed)
      forget(std::string{group});
  }
}

} // namespace stagedoor
