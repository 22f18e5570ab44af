#include "stagedoor/actors/guards/permission_worker.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/query_sender.hpp"
#include "stagedoor/actors/far_messages.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/units/running_work.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

namespace {

/// Longer than the question's own deadline, which decides: CAF's timeout only
/// makes it forget what is never answered.
constexpr std::chrono::seconds forgotten_after{1};

/// The name of a permission, which may throw: nothing catches that on a worker
/// thread.
std::string name_of(const permission_base& rule) noexcept {
  try {
    return rule.name();
  } catch (...) {
    return "?";
  }
}

decision failure_of(const permission_base& rule, const caf::error& error) {
  const auto reason = reason_of(error);
  // CAF sends the question back, or `actor_died` comes first.
  const auto is_gone =
      reason == errc::unavailable && error != make_error(errc::unavailable);
  return decision_error(rule.name() + ": "
                            + (is_gone ? "its actor is gone: " : "")
                            + text_of(error),
                        to_reply(reason).status);
}

} // namespace

permission_worker_state::~permission_worker_state() {
  for (auto& [id, open] : open_) {
    if (open.cancelled)
      *open.cancelled = true;
    open.promise.deliver(make_error(errc::unavailable));
  }
}

permission_worker_actor::behavior_type
permission_worker_state::start(runtime_ptr shared) {
  shared_ = std::move(shared);
  metrics_ = unit_metrics::of(*shared_, self_->home());
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { actor_died(down); });
  self_->open_line(*this);
  return {
      [this](permission_check& check) {
        return self_->answer_message<decision>(check);
      },
      [this](answer_atom, std::uint64_t id, std::uint64_t turn,
             decision& answer) { answered(id, turn, std::move(answer)); },
      [this](expired_atom, std::uint64_t id) { expire(id); },
  };
}

void permission_worker_state::answer(permission_check& check,
                                     answer_promise<decision> promise) {
  auto began = clock_if_counted();
  if (const auto* result = ask_here(check)) {
    count(check, *result, began);
    promise.deliver(*result);
    return;
  }
  auto [id, open] =
      open_.add_expiring(self_, std::move(promise), std::move(check), began);
  self_->home().arm(open.due, timeout_of(open.check.asked));
  go_on(id);
}

/// Asks on this thread what needs no other one.
const decision*
permission_worker_state::ask_here(const permission_check& check) {
  const auto& message = check.about->about();
  running_work running{
      {"the permissions for action", message.action(), {}, &message}};
  return check.about->ask(check.asked, self_->home().now());
}

void permission_worker_state::go_on(std::uint64_t id) {
  auto& open = open_.at(id);
  auto& about = *open.check.about;
  // Again where a permission has failed already and the next one is asked.
  while (auto failure = pass_on(id, open)) {
    auto now = self_->home().now();
    about.resume(std::move(*failure), now);
    if (const auto* answer = ask_here(open.check)) {
      finish(id, *answer);
      return;
    }
  }
}

std::optional<decision> permission_worker_state::pass_on(std::uint64_t id,
                                                         open_question& open) {
  ++open.turn;
  open.target = nullptr;
  open.cancelled = nullptr;
  const auto& awaited = open.check.about->awaited();
  if (awaited.rule->answered_by() == answerer::worker_thread)
    return pass_to_thread(id, open);
  return pass_to_actor(id, open);
}

std::optional<decision>
permission_worker_state::pass_to_thread(std::uint64_t id, open_question& open) {
  const auto& about = *open.check.about;
  open.cancelled = std::make_shared<std::atomic<bool>>(false);
  // The copy of the guard keeps the permission.
  auto job = [me = caf::actor_cast<permission_worker_actor>(self_), id,
              turn = open.turn, guard = about.guard(),
              awaited = about.awaited(), asking = about.about(),
              object = about.object()] {
    const auto rule_name = name_of(*awaited.rule);
    running_work running{{"permission", rule_name, {}, &asking}};
    caf::anon_send(me, answer_atom_v, id, turn,
                   ask_permission(*awaited.rule, awaited.asked,
                                  {asking.scope(), asking.action(), asking,
                                   object.get()}));
  };
  if (shared_->workers->submit(open.cancelled, std::move(job)))
    return std::nullopt;
  return decision_error(
      about.awaited().rule->name() + ": the blocking queue is full", 503);
}

std::optional<decision>
permission_worker_state::pass_to_actor(std::uint64_t id, open_question& open) {
  const auto& about = *open.check.about;
  const auto& [rule, asked] = about.awaited();
  const auto* mounted = dynamic_cast<const asked_actor*>(rule);
  if (mounted == nullptr)
    return decision_error(rule->name() + ": no actor is mounted here");
  // The actor may be on another node, and would decide on something else.
  if (std::string text; about.object() && !append_json(text, *about.object()))
    return decision_error(rule->name() + ": the object has "
                          + std::string(not_json_text));
  auto& answering = actors_
                        .try_emplace(mounted->answering(),
                                     *mounted->answering(), shared_->services)
                        .first->second;
  // An actor that dies while it has the question answers nothing.
  for (const auto& added : answering.refresh())
    caf_api::monitor(*self_, added);
  const auto* chosen = answering.pick(std::nullopt, {});
  if (chosen == nullptr)
    return decision_error(rule->name() + ": its actor is gone", 503);
  open.target = chosen->handle.address();
  auto done = [this, id, turn = open.turn](decision& answer) {
    answered(id, turn, std::move(answer));
  };
  auto fail = [this, id, turn = open.turn, rule = rule,
               guard = about.guard()](const caf::error& error) {
    answered(id, turn, failure_of(*rule, error));
  };
  permission_query query{asked, about.about(), about.object()};
  // An actor of another node that is in no cluster is asked like one of here.
  if (!chosen->node.empty() && chosen->handle.node() != self_->system().node())
    self_
        ->ask(query_sender_of(self_->home(), shared_),
              far_query{chosen->handle, std::move(query)})
        .then(std::move(done), std::move(fail));
  else
    self_
        ->request(caf::actor_cast<permission_actor>(chosen->handle),
                  timeout_of(asked) + forgotten_after, std::move(query))
        .then(std::move(done), std::move(fail));
  return std::nullopt;
}

void permission_worker_state::answered(std::uint64_t id, std::uint64_t turn,
                                       decision answer) {
  auto* open = open_.find(id);
  if (open == nullptr || open->turn != turn)
    return; // Too late.
  auto now = self_->home().now();
  open->check.about->resume(std::move(answer), now);
  if (const auto* result = ask_here(open->check))
    finish(id, *result);
  else
    go_on(id);
}

void permission_worker_state::finish(std::uint64_t id, const decision& answer) {
  auto node = open_.take(id);
  count(node.mapped().check, answer, node.mapped().began);
  node.mapped().promise.deliver(answer);
}

void permission_worker_state::expire(std::uint64_t id) {
  auto* open = open_.find(id);
  if (open == nullptr)
    return;
  if (open->cancelled)
    *open->cancelled = true;
  finish(id, open->check.about->late());
}

void permission_worker_state::actor_died(const caf::down_msg& down) {
  for (auto& [rule, answering] : actors_)
    answering.died(down.source);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> lost;
  for (const auto& [id, open] : open_)
    if (are_same(open.target, down.source))
      lost.emplace_back(id, open.turn);
  for (auto [id, turn] : lost) {
    const auto& awaited = open_.at(id).check.about->awaited();
    answered(id, turn,
             decision_error(awaited.rule->name() + ": its actor is gone: "
                                + text_of(down.reason),
                            503));
  }
}

limits::duration permission_worker_state::timeout_of(question asked) const {
  return asked == question::can_connect ? shared_->limits.can_connect_timeout
                                        : shared_->limits.permission_timeout;
}

/// The time, of the clock itself: that of the unit stands still while its
/// actors run, so that a permission that computes would take none.
evaluation::clock::time_point
permission_worker_state::clock_if_counted() const {
  return metrics_ != nullptr ? self_->home().precise_now()
                             : evaluation::clock::time_point{};
}

/// Counts an answer about a message, but not about one that only asks.
void permission_worker_state::count(const permission_check& check,
                                    const decision& answer,
                                    evaluation::clock::time_point began) {
  if (metrics_ != nullptr && !check.about->about().only_asks())
    metrics_->count_decision(check.asked, answer,
                             self_->home().precise_now() - began);
}

permission_worker_actor::behavior_type
permission_worker(permission_worker_state::pointer self, runtime_ptr shared) {
  return caf_api::state_of(self).start(std::move(shared));
}

} // namespace stagedoor
