#include "stagedoor/actors/connections/group_cursors.hpp"

#include "stagedoor/protocol/assert.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

// -- entering and leaving -----------------------------------------------------

group_cursors::cursor* group_cursors::find(const std::string& group) {
  const auto found =
      std::find_if(cursors_.begin(), cursors_.end(),
                   [&](const cursor& x) { return x.group == group; });
  return found != cursors_.end() ? &*found : nullptr;
}

bool group_cursors::is_lost(const std::string& group) {
  const auto* const found = find(group);
  return found != nullptr && found->state == stage::lost;
}

void group_cursors::wait_for_reply(cursor& what, std::uint64_t sequence) {
  if (sequence == 0 || what.awaited != 0)
    return;
  what.awaited = sequence;
  ++awaited_replies_;
}

/// Begins anew with a group, whatever was known of it.
group_cursors::cursor& group_cursors::begin(const std::string& group,
                                            std::uint64_t sequence) {
  forget(group);
  auto& result = cursors_.emplace_back(cursor{group});
  wait_for_reply(result, sequence);
  return result;
}

void group_cursors::enter(const std::string& group, std::size_t replay,
                          std::uint64_t sequence) {
  if (auto* const known = find(group)) {
    if (known->state == stage::entering || known->untold)
      wait_for_reply(*known, sequence);
    return;
  }
  auto& entered = begin(group, sequence);
  entered.replay = replay;
  ask(entered, 0);
}

void group_cursors::resume(const std::string& group, const group_position& from,
                           std::uint64_t sequence, resumed then) {
  auto& entered = begin(group, sequence);
  entered.from = from;
  entered.then = std::move(then);
  ask(entered, 0);
}

void group_cursors::forget(const std::string& group) {
  auto* const gone = find(group);
  if (gone == nullptr)
    return;
  if (gone->awaited != 0)
    --awaited_replies_;
  const auto then = std::move(gone->then);
  cursors_.remove_if([gone](const cursor& x) { return &x == gone; });
  if (then)
    then(std::nullopt);
}

// -- what holds a client back -------------------------------------------------

bool group_cursors::may_send(const cursor& what) const {
  return !what.is_guard_asked && what.awaited == 0 && !outbox_.is_full();
}

void group_cursors::guard_is_asked(const std::string& group) {
  if (auto* const asked = find(group))
    asked->is_guard_asked = true;
}

void group_cursors::guard_allows(const std::string& group) {
  auto* const allowed = find(group);
  if (allowed == nullptr)
    return;
  allowed->is_guard_asked = false;
  advance(*allowed);
}

void group_cursors::replied(std::uint64_t sequence) {
  for (auto& each : cursors_)
    if (each.awaited == sequence) {
      each.awaited = 0;
      --awaited_replies_;
      advance(each);
    }
}

void group_cursors::advance() {
  for (auto& each : cursors_)
    advance(each);
}

/// Does what may be done for a client now.
void group_cursors::advance(cursor& what) {
  if (what.state == stage::entering || !may_send(what))
    return;
  if (const auto told = std::exchange(what.untold, std::nullopt))
    outbox_.send(position_event(what.group, *told));
  if (what.state == stage::behind && page_question_ == 0) {
    ask(what, page_bytes);
    page_question_ = what.question;
  }
}

// -- events -------------------------------------------------------------------

bool group_cursors::take(const numbered_event& event) {
  auto* const found = find(event.group->name);
  if (found == nullptr)
    return true; // The client has left.
  auto& what = *found;
  const auto& next = event.text->position;
  if (next.epoch == what.at.epoch && next.offset <= what.at.offset)
    return true; // It has read it already.
  if (what.state == stage::live && !what.untold && may_send(what)) {
    send_next(what, event);
    return true;
  }
  const auto is_slow =
      what.state == stage::live && outbox_.is_full() && !event.is_excepted;
  fall_behind(what, next);
  return !is_slow;
}

/// Sends an event to a client that has all events before it. If it has not, it
/// reads them.
void group_cursors::send_next(cursor& what, const numbered_event& event) {
  const auto& next = event.text->position;
  if (next.epoch != what.at.epoch) {
    what.at = {next.epoch, next.offset - 1};
    outbox_.send(position_event(what.group, what.at));
  }
  if (next.offset != what.at.offset + 1) {
    fall_behind(what, next);
    advance(what);
    return;
  }
  what.at = next;
  if (event.is_excepted)
    outbox_.send(position_event(what.group, next));
  else
    outbox_.send_encoded(event.text->text);
}

/// Notes that there is an event that the client does not get now.
void group_cursors::fall_behind(cursor& what, const group_position& seen) {
  what.seen = seen;
  if (what.state == stage::live)
    what.state = stage::behind;
}

// -- questions to the history -------------------------------------------------

void group_cursors::ask(cursor& what, std::size_t bytes_max) {
  what.question = ++last_question_;
  what.seen = {};
  core_.self
      ->request(core_.setup.roles->histories, caf::infinite,
                history_query{what.group, what.at, bytes_max})
      .then([this, question = what.question](
                const history_part& part) { answered(question, part); },
            [this, question = what.question](const caf::error&) {
              failed(question);
            });
}

std::list<group_cursors::cursor>::iterator
group_cursors::asker_of(std::uint64_t question) {
  return std::find_if(cursors_.begin(), cursors_.end(),
                      [&](const cursor& x) { return x.question == question; });
}

/// The unit of the histories ends.
void group_cursors::failed(std::uint64_t question) {
  const auto asker = asker_of(question);
  if (asker != cursors_.end() && asker->then)
    std::exchange(asker->then, {})(std::nullopt);
}

void group_cursors::answered(std::uint64_t question, const history_part& part) {
  if (question == page_question_)
    page_question_ = 0;
  const auto asker = asker_of(question);
  if (asker == cursors_.end()) {
    advance(); // The client has left, or has begun anew.
    return;
  }
  cursors_.splice(cursors_.end(), cursors_, asker); // The others are next.
  auto& what = *asker;
  what.question = 0;
  std::optional<resumption> found_out;
  if (what.state == stage::entering)
    found_out = place(what, part);
  else if (may_send(what))
    read(what, part);
  const auto has_seen_more = what.seen.epoch != 0
                             && (what.seen.epoch != what.at.epoch
                                 || what.seen.offset > what.at.offset);
  if (what.state != stage::lost)
    what.state =
        what.at == part.last && !has_seen_more ? stage::live : stage::behind;
  if (found_out)
    std::exchange(what.then, {})(found_out); // Its reply goes on, or ends it.
  else
    advance();
}

/// Sets the cursor of a client that joins or resumes.
/// @returns what a client that resumes is told.
std::optional<group_cursors::resumption>
group_cursors::place(cursor& what, const history_part& part) {
  const auto& last = part.last;
  if (!what.then) {
    const auto kept = last.offset + 1 - part.first;
    what.at = {last.epoch,
               last.offset - std::min<std::uint64_t>(what.replay, kept)};
    what.untold = last;
    return std::nullopt;
  }
  const auto& from = what.from;
  const auto is_recovered = from.epoch == last.epoch
                            && from.offset <= last.offset
                            && from.offset >= part.first - 1;
  what.at = is_recovered ? from : last;
  return resumption{is_recovered, last.offset - what.at.offset, last};
}

/// Sends what the history has given.
void group_cursors::read(cursor& what, const history_part& part) {
  if (part.last.epoch != what.at.epoch) {
    // All that is kept of the new epoch is new to the client.
    what.at = {part.last.epoch, part.first - 1};
    outbox_.send(position_event(what.group, what.at));
    return;
  }
  STAGEDOOR_ASSERT(what.at.offset <= part.last.offset);
  if (what.at.offset + 1 < part.first) {
    outbox_.count_drop(drop_reason::history, part.first - what.at.offset - 1);
    outbox_.send(lost_event(what.group, what.at.offset, part.first));
    what.at.offset = part.first - 1;
    what.state = stage::lost;
    return;
  }
  for (const auto& text : part.texts) {
    if (outbox_.is_full())
      return;
    outbox_.send_encoded(text);
    ++what.at.offset;
  }
}

} // namespace stagedoor
