#include "stagedoor/actors/connections/group_guards.hpp"

#include "stagedoor/actors/denial_error.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

std::size_t group_guards::joins_beside(const std::string& group) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const entry& x) {
        return !x.is_member && x.group != group;
      }));
}

group_guards::place group_guards::find(const std::string& group) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [&](const entry& x) { return x.group == group; });
}

group_guards::~group_guards() {
  stop();
  turns_->forget(*this);
  turns_->give_back(turns_taken_);
}

// -- joins --------------------------------------------------------------------

void group_guards::join(const std::string& group,
                        const compiled_group_rule& rule, fields captures,
                        std::optional<std::string> meta, on_answer then) {
  auto what = find(group);
  const auto is_new = what == entries_.end();
  if (is_new)
    what = entries_.insert(entries_.end(),
                           entry{group, &rule, std::move(captures)});
  what->has_left = false;
  if (meta)
    what->meta = std::move(meta);
  what->askers.push_back(std::move(then));
  if (is_new || (what->is_member && what->asking == 0))
    ask(*what);
  else if (what->is_member && !what->is_queued)
    what->is_asked_again = true; // The answer may be older than the question.
}

void group_guards::leave(const std::string& group) {
  const auto what = find(group);
  if (what == entries_.end())
    return;
  if (what->is_member) {
    auto askers = std::move(what->askers);
    entries_.erase(what);
    tell(askers, make_error(errc::unavailable));
    return;
  }
  what->has_left = true;
  what->meta.reset();
}

void group_guards::update_meta(const std::string& group,
                               const std::string& meta) {
  const auto what = find(group);
  if (what != entries_.end() && !what->is_member && !what->has_left)
    what->meta = meta;
}

// -- questions ----------------------------------------------------------------

std::shared_ptr<guard_turns>
group_guards::turns_of(const connection_core& core) {
  return core.home().shared<std::shared_ptr<guard_turns>>(
      [] { return std::make_shared<guard_turns>(); });
}

void group_guards::forget_decisions() {
  decisions_ = std::make_shared<decision_cache>(
      core_.bounds().cached_decisions_max, core_.setup.shared->cache_counts);
}

void group_guards::tell(std::vector<on_answer>& askers,
                        const caf::error& error) {
  for (const auto& each : std::exchange(askers, {}))
    each(error);
}

void group_guards::ask(entry& what) {
  what.asking = ++last_number_;
  if (what.is_member)
    owner_.stay_asked(what.group);
  what.is_queued = !turns_->take(*this);
  if (!what.is_queued)
    send_question(what);
}

void group_guards::turn_is_free() {
  for (auto& each : entries_)
    if (each.is_queued) {
      each.is_queued = !turns_->take(*this);
      if (each.is_queued)
        return;
      send_question(each);
    }
}

void group_guards::send_question(entry& what) {
  ++turns_taken_;
  request_data about;
  about.scope = who_.scope();
  about.connection = core_.handle();
  about.message.head.action = "join";
  about.message.head.route = what.group;
  about.captures = what.captures;
  about.decisions = decisions_;
  what.about = std::make_shared<evaluation>(what.rule->rule.guard,
                                            request{std::move(about)});
  what.about->use_cache(true);
  core_.self
      ->request(core_.setup.roles->pool, caf::infinite,
                permission_check{question::has_permission, what.about})
      .then([this, number = what.asking](
                const decision& answer) { answered(number, answer); },
            [this, number = what.asking](const caf::error& error) {
              answered(number,
                       decision_error("the permission pool: " + text_of(error),
                                      503));
            });
}

void group_guards::answered(std::uint64_t number, const decision& answer) {
  --turns_taken_;
  turns_->give_back();
  const auto what =
      std::find_if(entries_.begin(), entries_.end(),
                   [&](const entry& x) { return x.asking == number; });
  if (what == entries_.end())
    return; // The client has left.
  what->asking = 0;
  // Let go of when all is done that the answer leads to.
  const auto holds =
      std::exchange(what->holds, std::exchange(what->later_holds, {}));
  // The answer may be older than what it was asked again for.
  if (std::exchange(what->is_asked_again, false))
    ask(*what);
  else if (answer.is_allowed())
    allow(what);
  else
    deny(what, answer);
  arm();
}

void group_guards::allow(place what) {
  what->about = nullptr;
  if (const auto& every = what->rule->rule.recheck)
    what->due = core_.home().now() + *every;
  auto askers = std::exchange(what->askers, {});
  if (what->is_member) {
    // What is sent now may close the connection, which ends the entry.
    const auto group = what->group;
    const auto waited = std::exchange(what->waiting, {});
    owner_.stay_allowed(group, waited, std::exchange(what->dropped, 0));
    tell(askers, {});
    return;
  }
  const auto problem =
      what->has_left
          ? errc::none
          : owner_.enter_allowed(what->group, std::exchange(what->meta, {}));
  what->is_member = problem == errc::none && !what->has_left;
  if (!what->is_member)
    entries_.erase(what);
  tell(askers, problem != errc::none ? make_error(problem) : caf::error{});
}

void group_guards::deny(place what, const decision& answer) {
  log_denial(*what, answer);
  // Whoever is told may have something else asked.
  auto denied = std::move(*what);
  entries_.erase(what);
  if (denied.is_member)
    owner_.stay_denied(denied.group);
  tell(denied.askers, to_error(answer));
}

void group_guards::log_denial(const entry& what, const decision& answer) const {
  const auto& shared = *core_.setup.shared;
  if (answer.answer == decision::verdict::error)
    shared.log->error("connection {}: the guard of the group {} failed: {}",
                      core_.setup.id, to_json_string(what.group),
                      answer.reason);
  else
    shared.log->debug("connection {}: the guard of the group {} denies: {}",
                      core_.setup.id, to_json_string(what.group),
                      answer.reason);
  if (shared.denials)
    shared.denials->add(*what.about, question::has_permission, answer);
}

// -- asking again -------------------------------------------------------------

bool group_guards::holds_back(const group_event& event) {
  const auto what = find(event.group->name);
  // The hub may have sent it before it knew that the client is out.
  if (what == entries_.end() || !what->is_member)
    return true;
  if (what->asking == 0)
    return false;
  if (what->waiting.size() < core_.bounds().guarded_events_max)
    what->waiting.push_back(event);
  else
    ++what->dropped;
  return true;
}

void group_guards::ask_again(const std::shared_ptr<const void>& hold) {
  forget_decisions();
  for (auto& each : entries_) {
    if (each.is_queued) {
      if (hold)
        each.holds.push_back(hold);
      continue;
    }
    // The answer that is under way may be older than the order.
    each.is_asked_again = each.asking != 0;
    if (hold)
      (each.is_asked_again ? each.later_holds : each.holds).push_back(hold);
    if (!each.is_asked_again)
      ask(each);
  }
}

void group_guards::ask_due() {
  const auto now = core_.home().now();
  for (auto& each : entries_)
    if (each.asking == 0 && each.due <= now)
      ask(each);
  arm();
}

/// Sets the deadline for the guard that is asked again next.
void group_guards::arm() {
  auto next = unit::clock::time_point::max();
  for (const auto& each : entries_)
    if (each.asking == 0)
      next = std::min(next, each.due);
  due_.disarm();
  if (next != unit::clock::time_point::max())
    core_.home().arm(due_, next - core_.home().now());
}

void group_guards::stop() {
  due_.disarm();
  entries_.clear();
}

} // namespace stagedoor
