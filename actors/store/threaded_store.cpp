#include "stagedoor/actors/store/threaded_store.hpp"

#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/blocked_signals.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>
#include <sched.h>

#include <utility>

namespace stagedoor {

namespace {

/// Has this thread not interrupt others when it is woken. On a core that it
/// shares with a unit, the unit goes on, and further jobs come together.
void give_way() {
  const sched_param none{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
}

} // namespace

threaded_store::threaded_store(setup parts)
    : kind_(parts.kind), job_timeout_(parts.job_timeout),
      log_(parts.log ? std::move(parts.log)
                     : in_background(spdlog::default_logger())),
      identity_(std::move(parts.identity)),
      waiting_(std::make_shared<queues>(parts.waiting_max)),
      listener_(std::move(parts.listener)) {
  const blocked_signals blocked;
  start(std::move(parts.writers), &queues::writes);
  start(std::move(parts.readers), &queues::reads);
}

threaded_store::~threaded_store() {
  waiting_->reads.close();
  waiting_->writes.close();
  for (auto& thread : threads_)
    // A job that has held the last pointer to the store lets go of it here.
    if (thread.get_id() == std::this_thread::get_id())
      thread.detach();
    else
      thread.join();
}

void threaded_store::start(crew hands, job_queue queues::*source) {
  for (auto& carry_out : hands.threads)
    threads_.emplace_back([waiting = waiting_, source,
                           jobs_max = hands.jobs_max,
                           carry_out = std::move(carry_out)] {
      give_way();
      while (true) {
        auto jobs = ((*waiting).*source).take(jobs_max);
        if (jobs.empty())
          return;
        carry_out(jobs);
      }
    });
}

void threaded_store::read(clock::time_point deadline, job run, ending then) {
  waiting_->reads.add({deadline, std::move(run), std::move(then)});
}

void threaded_store::look_up(clock::time_point deadline, sql_look_up what,
                             ending then) {
  auto shared = std::make_shared<const sql_look_up>(std::move(what));
  waiting_->reads.add({deadline,
                       [shared](sql_session& sql) {
                         shared->take(sql.run(shared->statement.text,
                                              shared->statement.values));
                       },
                       std::move(then), shared});
}

void threaded_store::write(clock::time_point deadline, job run, ending then) {
  waiting_->writes.add({deadline, std::move(run), std::move(then)});
}

} // namespace stagedoor
