#include "stagedoor/actors/handlers/running_tasks.hpp"

#include "stagedoor/actors/caf_api/actors.hpp"
#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/handlers/thrown.hpp"
#include "stagedoor/actors/units/expiry.hpp"
#include "stagedoor/actors/units/running_work.hpp"

#include "caf/sec.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

// -- one coroutine ------------------------------------------------------------

running_task::running_task(running_tasks& owner, std::uint64_t id,
                           task<reply> work, const request* message,
                           std::uint64_t connection_id)
    : owner_(owner), id_(id), connection_id_(connection_id),
      work_(std::move(work)),
      due_(owner.self_->home().now() + owner.shared_->limits.action_timeout),
      timer_(
          sends_expired(static_cast<runner_actor::pointer>(owner.self_), id)) {
  if (message != nullptr)
    message_ = *message;
}

running_task::~running_task() {
  give_up();
}

task_site::table& running_task::tasks() {
  return owner_;
}

runner_actor::pointer running_task::actor() {
  return owner_.self_;
}

void running_task::await_time(std::coroutine_handle<> at,
                              std::chrono::milliseconds delay) {
  suspended_ = at;
  alarm_ = owner_.self_->home().now() + delay;
  arm();
}

void running_task::await_answer(std::coroutine_handle<> at,
                                caf::message_id asked,
                                const caf::actor_addr& receiver,
                                std::chrono::milliseconds timeout) {
  asked_ = asked;
  receiver_ = receiver;
  owner_.watch(receiver);
  await_time(at, timeout);
}

bool running_task::await_job(std::coroutine_handle<> at,
                             std::function<void()> job) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto guarded = [me = caf::actor_cast<runner_actor>(owner_.self_), id = id_,
                  handler = owner_.handler_, message = message_,
                  job = std::move(job)] {
    {
      running_work running{{"a blocking job",
                            message ? message->action() : std::string_view{},
                            handler->name, message ? &*message : nullptr}};
      job();
    }
    caf::anon_send(me, resume_atom_v, id);
  };
  if (!owner_.shared_->workers->submit(cancelled, std::move(guarded)))
    return false;
  job_ = std::move(cancelled);
  suspended_ = at;
  arm();
  return true;
}

void running_task::await_reply(std::coroutine_handle<> at,
                               std::uint64_t deferred_id, reply& place) {
  suspended_ = at;
  awaited_reply_ = deferred_id;
  place_ = &place;
  owner_.awaited_replies_.emplace(deferred_id, id_);
  arm();
}

void running_task::resume() {
  owner_.run(*this);
}

/// It has what it has waited for.
void running_task::stop_waiting() {
  alarm_ = unit::clock::time_point::max();
  if (asked_)
    owner_.forget(receiver_);
  asked_.reset();
  job_.reset();
  if (awaited_reply_ != 0)
    owner_.awaited_replies_.erase(std::exchange(awaited_reply_, 0));
}

/// It will never have it.
void running_task::give_up() {
  if (asked_)
    caf_api::give_up(*owner_.self_, *asked_, make_error(errc::timed_out));
  if (job_)
    *job_ = true;
  stop_waiting();
}

void running_task::arm() {
  auto& home = owner_.self_->home();
  home.wheel().arm(timer_, std::min(due_, alarm_));
}

// -- all of a runner ----------------------------------------------------------

running_tasks::running_tasks(owner& runner, runner_role* self,
                             runtime_ptr shared, handler_spec handler)
    : runner_(runner), self_(self), shared_(std::move(shared)),
      handler_(std::move(handler)) {
  caf_api::on_down(
      *self_, [this](const caf::down_msg& down) { actor_died(down.source); });
}

running_tasks::~running_tasks() {
  // What a coroutine holds may begin or end others when it is destroyed.
  while (!table_.empty())
    table_.take(table_.begin()->first);
}

await_error running_tasks::make_await_error(const caf::error& reason) {
  switch (auto code = reason_of(reason)) {
  case errc::timed_out:
    return {code, "the answer of an actor is late", reason};
  case errc::unavailable:
    return {code, "an actor is gone that was asked", reason};
  default:
    return {code,
            (reason == caf::sec::unexpected_response
                 ? "an actor answered with other types than were asked for: "
                 : "an actor answered with the error ")
                + text_of(reason),
            reason};
  }
}

outcome running_tasks::begin(std::uint64_t connection_id, task<reply> work) {
  watch_client();
  auto id = runner_.reserve_number();
  auto& added = table_
                    .add_reserved(id, *this, id, std::move(work),
                                  runner_.message_in_hand(), connection_id)
                    .request;
  added.work_->begin(added);
  if (!added.work_->done())
    return deferred{id};
  auto ended = table_.take(id);
  return result_of(added);
}

/// Goes on with a coroutine until it waits again or is done, and then with the
/// one that has awaited its reply. A loop, as such chains may be long.
void running_tasks::run(running_task& task) {
  auto& message = runner_.message_in_hand();
  for (auto* next = &task; next != nullptr;) {
    next->stop_waiting();
    message = next->message_ ? &*next->message_ : nullptr;
    {
      running_work running{{"action",
                            message ? message->action() : std::string_view{},
                            handler_->name, message}};
      std::exchange(next->suspended_, nullptr).resume();
    }
    message = nullptr;
    if (!next->work_->done())
      return;
    const auto id = next->id_;
    auto result = result_of(*next);
    cancel(id);
    next = runner_.settle(id, result) ? nullptr : waiting_for(id, result);
  }
}

/// Hands a reply to the coroutine that awaits it.
/// @returns null if there is none.
running_task* running_tasks::waiting_for(std::uint64_t deferred_id,
                                         reply& result) {
  auto awaited = awaited_replies_.find(deferred_id);
  if (awaited == awaited_replies_.end())
    return nullptr;
  auto* task = table_.find(awaited->second);
  *task->place_ = std::move(result);
  return task;
}

reply running_tasks::result_of(running_task& task) {
  try {
    return task.work_->result();
  } catch (...) {
    auto result = reply_to_thrown();
    if (result.status != 500 && task.message_)
      return result;
    const auto* action = task.message_
                             ? handler_->find_action(task.message_->action())
                             : nullptr;
    if (action != nullptr)
      log_thrown(*shared_->log, "action", *handler_, *action, *task.message_);
    else
      log_thrown(*shared_->log, "a coroutine", *handler_, task.connection_id_);
    return result;
  }
}

void running_tasks::job_done(std::uint64_t id) {
  if (auto* task = table_.find(id))
    task->resume();
}

void running_tasks::replied(std::uint64_t deferred_id, reply& result) {
  if (auto* task = waiting_for(deferred_id, result))
    run(*task);
}

void running_tasks::expire(std::uint64_t id) {
  auto* task = table_.find(id);
  if (task == nullptr)
    return;
  const auto now = self_->home().now();
  if (now >= task->due_) {
    cancel(id);
    auto late = to_reply(errc::timed_out);
    runner_.settle(id, late);
  } else if (now < task->alarm_) {
    task->arm(); // For what it has waited for before.
  } else if (task->asked_) {
    caf_api::give_up(*self_, *task->asked_, make_error(errc::timed_out));
  } else {
    task->resume();
  }
}

void running_tasks::ended(std::uint64_t connection_id) {
  std::vector<std::uint64_t> ids;
  for (auto& [id, task] : table_)
    if (task.connection_id_ == connection_id)
      ids.push_back(id);
  for (auto id : ids)
    cancel(id);
}

/// Destroys a coroutine where it stands, and those whose replies it awaits.
void running_tasks::cancel(std::uint64_t id) {
  while (auto ended = table_.take(id))
    id = ended.mapped().awaited_reply_;
}

// -- clients, and the actors that are asked -----------------------------------

void running_tasks::watch(const caf::actor_addr& receiver) {
  if (receiver && receivers_[receiver]++ == 0)
    caf_api::monitor(*self_, receiver);
}

void running_tasks::forget(const caf::actor_addr& receiver) {
  auto known = receivers_.find(receiver);
  if (known == receivers_.end() || --known->second > 0)
    return;
  receivers_.erase(known);
  caf_api::demonitor(*self_, receiver);
}

/// The handler tells of the end of those clients only that it has to know for
/// other reasons.
void running_tasks::watch_client() {
  const auto* message = runner_.message_in_hand();
  if (message == nullptr || handler_->lifetime == lifetime::connection)
    return;
  const auto& data = message->data();
  if (clients_.emplace(data.connection.address(), data.scope->connection_id)
          .second)
    caf_api::monitor(*self_, data.connection);
}

void running_tasks::actor_died(const caf::actor_addr& actor) {
  if (auto client = clients_.extract(actor))
    runner_.ended(client.mapped());
  // An actor that dies breaks no promise.
  receivers_.erase(actor);
  for (auto& [id, task] : table_)
    if (task.asked_ && task.receiver_ == actor)
      caf_api::give_up(*self_, *task.asked_, make_error(errc::unavailable));
}

} // namespace stagedoor
