#pragma once

#include "stagedoor/actors/blocking_workers.hpp"
#include "stagedoor/actors/config.hpp"
#include "stagedoor/actors/metrics.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/service_directory.hpp"
#include "stagedoor/permissions/decision_cache.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/scheduler/test_coordinator.hpp"
#include "caf/send.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "manual_unit.hpp"

namespace stagedoor::test {

/// Units and an actor system that run when the test says so, on its thread, in
/// virtual time: what happens is the same each time.
class actor_world {
public:
  explicit actor_world(const limits& bounds = {}, std::size_t units = 1)
      : config_(), system_(config_) {
    auto shared = std::make_shared<runtime>();
    shared->limits = bounds;
    shared->log = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
    shared->log->set_pattern("%l %v");
    shared->wall_clock = [this] { return wall_now(); };
    shared->workers = std::make_shared<blocking_workers>(
        bounds.blocking_workers, bounds.blocking_queue_max);
    shared->services = services_;
    shared->cache_counts = std::make_shared<decision_cache_counts>();
    shared->metrics = std::make_shared<server_metrics>(units);
    shared_ = std::move(shared);
    for (std::size_t i = 0; i < units; ++i)
      homes_.push_back(std::make_unique<manual_unit>(system_, i));
  }

  ~actor_world() {
    for (auto& home : homes_)
      home->end_members();
    settle();
    // Waits for the worker threads, which may still send.
    shared_.reset();
    settle();
  }

  actor_world(const actor_world&) = delete;
  actor_world& operator=(const actor_world&) = delete;

  caf::actor_system& system() { return system_; }
  manual_unit& home(std::size_t index = 0) { return *homes_.at(index); }
  [[nodiscard]] const runtime_ptr& shared() const { return shared_; }
  [[nodiscard]] service_directory& services() { return *services_; }
  [[nodiscard]] const limits& bounds() const { return shared_->limits; }
  /// What a unit has counted.
  [[nodiscard]] unit_metrics& metrics(std::size_t index = 0) const {
    return shared_->metrics->of_unit(index);
  }

  /// CAF's own scheduler, where actors run that are not pinned.
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  /// What has been logged, a line per entry: the level and the text.
  [[nodiscard]] std::string log() const { return log_.str(); }
  [[nodiscard]] bool logged(std::string_view text) const {
    return log().find(text) != std::string::npos;
  }

  /// Runs everything until there is nothing to do.
  void settle() {
    constexpr int rounds_max = 10'000;
    for (int round = 0; round < rounds_max; ++round)
      if (!work())
        return;
    throw std::runtime_error("the actors do not come to rest");
  }

  /// The same, with what worker threads send, until `holds()`.
  /// @returns whether it came true in time.
  template <class Predicate>
  bool settle_until(Predicate holds) {
    for (;;) {
      settle();
      if (holds())
        return true;
      if (!homes_.front()->await_wake())
        return false;
    }
  }

  /// Lets time pass: everything is done at its time, in order.
  void advance(unit::clock::duration by) {
    settle();
    auto end = now() + by;
    for (auto next = next_wake(); next <= end; next = next_wake())
      move_clock(std::max(next, now()));
    move_clock(end);
  }

  /// The wall clock. It goes with the units' clock.
  [[nodiscard]] std::chrono::system_clock::time_point wall_now() const {
    return wall_beginning_
           + std::chrono::duration_cast<std::chrono::system_clock::duration>(
               now() - manual_unit::beginning);
  }

  /// Somebody sets the wall clock.
  void shift_wall_clock(std::chrono::system_clock::duration by) {
    wall_beginning_ += by;
  }

  /// Ends an actor as a crash would and lets everybody hear of it.
  template <class Handle>
  void kill(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    settle();
  }

private:
  struct test_config : caf::actor_system_config {
    test_config() {
      configure(*this);
      set("scheduler.policy", caf::atom("testing"));
    }
  };

  bool work() {
    bool worked = false;
    for (auto& home : homes_)
      worked |= home->work();
    while (scheduler().try_run_once())
      worked = true;
    return worked;
  }

  [[nodiscard]] unit::clock::time_point now() const {
    return homes_.front()->now();
  }

  [[nodiscard]] unit::clock::time_point next_wake() const {
    auto result = unit::clock::time_point::max();
    for (const auto& home : homes_)
      result = std::min(result, home->wheel().next_wake());
    return result;
  }

  void move_clock(unit::clock::time_point to) {
    scheduler().advance_time(to - now());
    for (auto& home : homes_)
      home->move_clock(to);
    settle();
  }

  std::chrono::system_clock::time_point wall_beginning_{
      std::chrono::seconds{1'700'000'000}};
  std::ostringstream log_;
  test_config config_;
  std::shared_ptr<service_directory> services_ =
      std::make_shared<service_directory>();
  caf::actor_system system_;
  runtime_ptr shared_;
  std::vector<std::unique_ptr<manual_unit>> homes_;
};

} // namespace stagedoor::test
