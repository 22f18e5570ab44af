#include "stagedoor/actors/keeping/once_book.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// What is answered to a message for whose key there is no room now.
reply come_later(limits::duration kept) {
  const auto wait = std::chrono::ceil<std::chrono::seconds>(kept);
  return to_reply(errc::throttled, std::to_string(wait.count()));
}

} // namespace

reply unknown_outcome() {
  return to_reply(errc::outcome_unknown);
}

// -- messages -----------------------------------------------------------------

once_book::decision once_book::claim(const once_claim& wanted,
                                     std::uint64_t waiting, time_point since,
                                     time_point now) {
  expire(now);
  if (const auto found = entries_.find(wanted.key); found != entries_.end()) {
    auto& known = found->second;
    if (known.fingerprint != wanted.fingerprint)
      return {fate::answered, to_reply(errc::key_used)};
    if (known.state == once_state::answered)
      return {fate::answered, known.answer};
    if (known.state == once_state::unknown || known.is_lost)
      return {fate::answered, unknown_outcome()};
    if (known.waiting.size() >= bounds_.once_waiting_max)
      return {fate::answered, come_later(bounds_.action_timeout)};
    known.waiting.push_back(waiting);
    return {fate::waits};
  }
  // A key that began before has been forgotten, here or elsewhere.
  const auto remembered =
      std::min<time_point::duration>(now - since, bounds_.once_kept);
  if (std::chrono::milliseconds(wanted.age_ms) > remembered)
    return {fate::answered, unknown_outcome()};
  if (const auto of_user = by_user_.find(wanted.key.user);
      of_user != by_user_.end() && of_user->second >= bounds_.once_kept_max)
    return {fate::answered, come_later(bounds_.once_kept)};
  if (!has_room())
    return {fate::answered, to_reply(errc::unavailable)};
  add(wanted.key, {wanted.fingerprint, wanted.runner, wanted.number, now});
  return {fate::runs};
}

once_book::answers once_book::end(const once_record& ended, time_point now) {
  auto found = entries_.find(ended.key);
  if (found == entries_.end()) {
    add(ended.key, {ended.fingerprint, ended.runner, ended.number, now});
    found = entries_.find(ended.key);
  } else if (found->second.state == once_state::answered) {
    return {};
  }
  return close(found, ended.state, ended.answer, now + bounds_.once_kept);
}

std::vector<std::uint64_t> once_book::give_back(const once_key& key,
                                                const std::string& runner,
                                                std::uint64_t number) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.runner != runner
      || found->second.number != number
      || found->second.state == once_state::answered)
    return {};
  auto result = std::move(found->second.waiting);
  remove(found);
  return result;
}

void once_book::stop_waiting(const once_key& key, std::uint64_t waiting) {
  if (const auto found = entries_.find(key); found != entries_.end())
    std::erase(found->second.waiting, waiting);
}

// -- other nodes --------------------------------------------------------------

once_book::answers once_book::take(const once_record& told, time_point now) {
  auto found = entries_.find(told.key);
  if (found == entries_.end()) {
    add(told.key, {told.fingerprint, told.runner, told.number, now});
    found = entries_.find(told.key);
  } else if (found->second.state == once_state::answered) {
    return {};
  }
  if (told.state != once_state::running)
    return close(found, told.state, told.answer,
                 now + std::chrono::milliseconds(told.left_ms));
  auto& known = found->second;
  if (known.runner != told.runner || known.number != told.number)
    return {}; // Which of the two is the older one?
  known.confirmed = now;
  known.is_lost =
      known.state == once_state::running && !is_there_(known.runner);
  if (known.state == once_state::running)
    keep_until(found,
               known.is_lost ? now + bounds_.once_kept : time_point::max());
  return {};
}

once_book::answers once_book::lose(const std::string& life, time_point now) {
  answers result{{}, unknown_outcome()};
  for (auto i = entries_.begin(); i != entries_.end(); ++i)
    if (i->second.state == once_state::running && i->second.runner == life)
      lose(i, result, now);
  return result;
}

once_book::answers once_book::doubt(time_point since, time_point now) {
  answers result{{}, unknown_outcome()};
  for (auto i = entries_.begin(); i != entries_.end(); ++i)
    if (i->second.state == once_state::running && !i->second.is_lost
        && i->second.confirmed < since)
      lose(i, result, now);
  return result;
}

void once_book::lose(entry_map::iterator at, answers& told, time_point now) {
  auto& known = at->second;
  known.is_lost = true;
  keep_until(at, now + bounds_.once_kept);
  for (const auto waiting : std::exchange(known.waiting, {}))
    told.waiting.push_back(waiting);
}

std::vector<once_record> once_book::records(time_point now) const {
  std::vector<once_record> result;
  result.reserve(entries_.size());
  for (const auto& [key, known] : entries_)
    result.push_back(record_of(key, known, now));
  return result;
}

std::optional<once_record> once_book::record_of(const once_key& key,
                                                time_point now) const {
  const auto found = entries_.find(key);
  if (found == entries_.end())
    return std::nullopt;
  return record_of(key, found->second, now);
}

void once_book::drop(const once_key& key) {
  if (const auto found = entries_.find(key); found != entries_.end())
    remove(found);
}

// -- time ---------------------------------------------------------------------

void once_book::expire(time_point now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now)
    remove(entries_.find(by_end_.begin()->second));
}

// -- entries ------------------------------------------------------------------

std::size_t once_book::bytes_of(const once_key& key, const entry& x) {
  return entry_bytes + key.user.size() + key.key.size()
         + x.answer.data.view().size() + x.answer.errors.view().size();
}

once_book::entry& once_book::add(const once_key& key, entry added) {
  bytes_ += bytes_of(key, added);
  ++by_user_[key.user];
  return entries_.emplace(key, std::move(added)).first->second;
}

void once_book::remove(entry_map::iterator at) {
  keep_until(at, time_point::max());
  bytes_ -= bytes_of(at->first, at->second);
  if (const auto of_user = by_user_.find(at->first.user);
      --of_user->second == 0)
    by_user_.erase(of_user);
  entries_.erase(at);
}

void once_book::keep_until(entry_map::iterator at, time_point until) {
  auto& before = at->second.until;
  if (before == until)
    return;
  if (before != time_point::max()) {
    auto [i, end] = by_end_.equal_range(before);
    by_end_.erase(std::find_if(
        i, end, [&](const auto& x) { return x.second == at->first; }));
  }
  before = until;
  if (until != time_point::max())
    by_end_.emplace(until, at->first);
}

/// Notes how the action of an entry has ended.
once_book::answers once_book::close(entry_map::iterator at, once_state state,
                                    const reply& answer, time_point until) {
  auto& known = at->second;
  bytes_ -= bytes_of(at->first, known);
  known.state = state;
  known.is_lost = false;
  known.answer = state == once_state::answered ? answer : reply{};
  bytes_ += bytes_of(at->first, known);
  keep_until(at, until);
  return {std::exchange(known.waiting, {}),
          state == once_state::answered ? answer : unknown_outcome()};
}

once_record once_book::record_of(const once_key& key, const entry& known,
                                 time_point now) const {
  using std::chrono::milliseconds;
  once_record result{key,          known.fingerprint, known.runner,
                     known.number, known.state,       known.answer};
  const auto left =
      known.until == time_point::max()
          ? milliseconds{bounds_.once_kept}
          : std::max(milliseconds{0},
                     std::chrono::ceil<milliseconds>(known.until - now));
  result.left_ms = static_cast<std::uint64_t>(left.count());
  return result;
}

} // namespace stagedoor
