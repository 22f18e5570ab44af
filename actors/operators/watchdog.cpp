#include "stagedoor/actors/operators/watchdog.hpp"

#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/units/running_work.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>

namespace stagedoor {

watchdog::watchdog(std::vector<const io_unit*> units, runtime_ptr shared)
    : units_(std::move(units)), shared_(std::move(shared)),
      thread_([this] { loop(); }) {}

watchdog::~watchdog() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void watchdog::loop() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  using clock = std::chrono::steady_clock;
  const auto bound = shared_->limits.stall_warning;
  /// Since when a unit of which the log has told is busy.
  std::vector<std::optional<clock::time_point>> stalls(units_.size());
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, bound / 2, [this] { return stopping_; }))
    for (std::size_t i = 0; i < units_.size(); ++i) {
      auto busy = units_[i]->busy_for();
      auto& stall = stalls[i];
      if (busy >= bound && !stall) {
        stall = clock::now() - busy;
        if (auto* metrics = unit_metrics::of(*shared_, *units_[i]))
          metrics->stalls.add();
        shared_->log->warn(
            "unit {} has been busy for {} ms: its sockets wait; what takes "
            "long should be declared blocking; running now: {}",
            i, duration_cast<milliseconds>(busy).count(), running_work::text());
      } else if (busy < bound && stall) {
        shared_->log->warn(
            "unit {} is free again: it was busy for up to {} ms", i,
            duration_cast<milliseconds>(clock::now() - *stall).count());
        stall.reset();
      }
    }
}

} // namespace stagedoor
