#pragma once

#include "stagedoor/actors/caf_api/hosts.hpp"
#include "stagedoor/protocol/caf_api/version.hpp"
#include "stagedoor/testing/manual_actor_system.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#if STAGEDOOR_CAF_1
#include "caf/action.hpp"
#include "caf/actor_clock.hpp"
#include "caf/detail/actor_system_access.hpp"
#include "caf/disposable.hpp"
#include "caf/scheduler.hpp"
#else
#include "caf/atom.hpp"
#include "caf/scheduler/test_coordinator.hpp"
#include "caf/timespan.hpp"
#endif

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>

namespace stagedoor::caf_api {

/// CAF's scheduler and clock in the hands of a test: what happens is the same
/// each time. Thread rule: the test's thread.
class manual_scheduler {
public:
  /// Makes an actor system that has this scheduler. It must not outlive it.
  std::unique_ptr<caf::actor_system>
  make_system(caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_2
    // One message a run, as the other versions are told with each run.
    cfg.set("caf.scheduler.max-throughput", std::size_t{1});
    auto make = [this](caf::actor_system& sys) {
      return std::make_unique<queue>(sys, *this);
    };
    return std::make_unique<caf::actor_system>(
        std::make_unique<manual_actor_system>(
            cfg, make, std::make_unique<clock_proxy>(*this)));
#elif STAGEDOOR_CAF_1
    auto install = [](caf::actor_system& sys, caf::actor_system_config&,
                      void* self) {
      auto* me = static_cast<manual_scheduler*>(self);
      caf::detail::actor_system_access access{sys};
      access.clock(std::make_unique<clock_proxy>(*me));
      access.scheduler(std::make_unique<queue>(sys, *me));
    };
    auto result = std::make_unique<caf::actor_system>(cfg, install, this);
    // What CAF has begun with.
    while (try_run_once())
      continue;
    return result;
#else
    cfg.set("scheduler.policy", caf::atom("testing"));
    auto result = std::make_unique<caf::actor_system>(cfg);
    jobs_ =
        dynamic_cast<caf::scheduler::test_coordinator*>(&result->scheduler());
    return result;
#endif
  }

#if STAGEDOOR_CAF_1
  /// Whether an actor has something to do.
  [[nodiscard]] bool has_job() const {
    return !jobs_.empty();
  }

  /// Has the next actor handle one message.
  /// @returns false if there is none.
  bool try_run_once() {
    if (jobs_.empty())
      return false;
    auto next = std::move(jobs_.front());
    jobs_.pop_front();
    if (run_job(next, at_, 1))
      jobs_.push_back(std::move(next));
    return true;
  }

  /// Whether anybody waits for anything until some time.
  [[nodiscard]] bool has_timeouts() const {
    return std::any_of(timeouts_.begin(), timeouts_.end(),
                       [](const auto& x) { return !x.second.disposed(); });
  }

  /// Lets time pass and sends what is due.
  void advance_time(caf::actor_clock::duration_type by) {
    now_ += by;
    while (!timeouts_.empty() && timeouts_.begin()->first <= now_) {
      auto due = timeouts_.begin()->second;
      timeouts_.erase(timeouts_.begin());
      due.run();
    }
  }

private:
  class queue : public own_host {
  public:
    queue(caf::actor_system& sys, manual_scheduler& owner)
        : own_host(sys), owner_(owner) {
      owner.at_ = this;
    }
    void take_job(job next) override {
      owner_.jobs_.push_back(std::move(next));
    }
    void stop() override {
      while (owner_.try_run_once())
        continue;
      owner_.timeouts_.clear();
    }

  private:
    manual_scheduler& owner_;
  };

  class clock_proxy : public caf::actor_clock {
  public:
    explicit clock_proxy(manual_scheduler& owner) : owner_(owner) {}
    [[nodiscard]] time_point now() const noexcept override {
      return owner_.now_;
    }
    caf::disposable schedule(time_point when, caf::action what) override {
      owner_.timeouts_.emplace(when, what);
      return std::move(what).as_disposable();
    }

  private:
    manual_scheduler& owner_;
  };

  host* at_ = nullptr;
  std::deque<job> jobs_;
  caf::actor_clock::time_point now_{std::chrono::hours{1}};
  std::multimap<caf::actor_clock::time_point, caf::action> timeouts_;
#else
  [[nodiscard]] bool has_job() const {
    return jobs_->has_job();
  }

  bool try_run_once() {
    return jobs_->try_run_once();
  }

  [[nodiscard]] bool has_timeouts() const {
    return !jobs_->clock().schedule().empty();
  }

  void advance_time(caf::timespan by) {
    jobs_->advance_time(by);
  }

private:
  caf::scheduler::test_coordinator* jobs_ = nullptr;
#endif
};

} // namespace stagedoor::caf_api
