#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/actors/description/task.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor_addr.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace stagedoor {

class running_tasks;

/// A coroutine of an action that has begun: what it is for, until when it may
/// run, and what it waits for. It waits for one thing at a time.
class running_task final : public task_site {
public:
  running_task(running_tasks& owner, std::uint64_t id, task<reply> work,
               const request* message, std::uint64_t connection_id);
  /// Lets go of what it waits for, then of what the coroutine holds.
  ~running_task() override;

  running_task(const running_task&) = delete;
  running_task& operator=(const running_task&) = delete;

  // -- task_site --------------------------------------------------------------

  [[nodiscard]] std::uint64_t id() const override { return id_; }
  task_site::table& tasks() override;
  runner_actor::pointer actor() override;
  void await_time(std::coroutine_handle<> at,
                  std::chrono::milliseconds delay) override;
  void await_answer(std::coroutine_handle<> at, caf::message_id asked,
                    const caf::actor_addr& receiver,
                    std::chrono::milliseconds timeout) override;
  bool await_job(std::coroutine_handle<> at,
                 std::function<void()> job) override;
  void await_reply(std::coroutine_handle<> at, std::uint64_t deferred_id,
                   reply& place) override;
  void resume() override;

private:
  friend class running_tasks;

  void arm();
  void stop_waiting();
  void give_up();

  running_tasks& owner_;
  std::uint64_t id_;
  std::uint64_t connection_id_;
  /// Nothing if it was begun by a hook or a callback.
  std::optional<request> message_;
  std::optional<task<reply>> work_;
  /// Where it goes on. Null while it runs.
  std::coroutine_handle<> suspended_;
  unit::clock::time_point due_;

  // What it waits for.
  unit::clock::time_point alarm_ = unit::clock::time_point::max();
  std::optional<caf::message_id> asked_;
  caf::actor_addr receiver_;
  /// Null without a job.
  blocking_workers::cancel_flag job_;
  /// 0 for none.
  std::uint64_t awaited_reply_ = 0;
  reply* place_ = nullptr;

  /// The earlier one of `due_` and `alarm_`, or a time before it.
  deadline timer_;
};

/// The coroutines of one runner. All of them end by its end: what they hold is
/// destroyed on its thread, while the state of the handler is still there.
/// Thread rule: the runner.
class running_tasks final : public task_site::table {
public:
  using runner_role = pinned<runner_actor::base>;

  /// What it needs of its runner.
  class owner {
  public:
    virtual ~owner() = default;
    /// A number that neither another coroutine has, nor an answer that was put
    /// off, nor a timer.
    virtual std::uint64_t reserve_number() = 0;
    /// The message that is being handled; null for none.
    virtual const request*& message_in_hand() = 0;
    /// Gives a reply that was put off.
    /// @returns false if it is owed to no message.
    virtual bool settle(std::uint64_t id, reply& result) = 0;
    /// A client has gone.
    virtual void ended(std::uint64_t connection_id) = 0;
  };

  running_tasks(owner& runner, runner_role* self, runtime_ptr shared,
                handler_spec handler);
  ~running_tasks() override;

  running_tasks(const running_tasks&) = delete;
  running_tasks& operator=(const running_tasks&) = delete;

  task_site* find_task(std::uint64_t id) override { return table_.find(id); }
  await_error make_await_error(const caf::error& reason) override;

  /// Begins a coroutine for the message that is being handled.
  /// @returns its reply, or what stands for it.
  outcome begin(std::uint64_t connection_id, task<reply> work);

  /// A worker thread has done a job.
  void job_done(std::uint64_t id);

  /// A reply that was put off is there, and owed to nobody else.
  void replied(std::uint64_t deferred_id, reply& result);

  /// A deadline has passed.
  void expire(std::uint64_t id);

  /// Destroys the coroutines of a client.
  void ended(std::uint64_t connection_id);

  /// How many have not ended.
  [[nodiscard]] std::size_t size() const { return table_.size(); }

private:
  friend class running_task;

  void run(running_task& task);
  running_task* waiting_for(std::uint64_t deferred_id, reply& result);
  reply result_of(running_task& task);
  void cancel(std::uint64_t id);
  void watch(const caf::actor_addr& receiver);
  void forget(const caf::actor_addr& receiver);
  void watch_client();
  void actor_died(const caf::actor_addr& actor);

  owner& runner_;
  runner_role* self_;
  runtime_ptr shared_;
  handler_spec handler_;
  open_requests<running_task> table_;
  /// The coroutines that await a reply, by its number.
  std::unordered_map<std::uint64_t, std::uint64_t> awaited_replies_;
  /// The numbers of the connections that have begun coroutines, and have not
  /// ended. Empty if the runner serves one alone, with which it ends.
  std::unordered_map<caf::actor_addr, std::uint64_t> clients_;
  /// How many coroutines wait for an actor.
  std::unordered_map<caf::actor_addr, std::size_t> receivers_;
};

} // namespace stagedoor
