#include "stagedoor/actors/operators/watchdog.hpp"

#include "stagedoor/actors/operators/metrics.hpp"

#include <spdlog/spdlog.h>

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
  auto bound = shared_->limits.stall_warning;
  std::vector<bool> warned(units_.size());
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, bound / 2, [this] { return stopping_; }))
    for (std::size_t i = 0; i < units_.size(); ++i) {
      auto busy = units_[i]->busy_for();
      if (busy >= bound && !warned[i]) {
        if (auto* metrics = unit_metrics::of(*shared_, *units_[i]))
          metrics->stalls.add();
        shared_->log->warn(
            "unit {} has been busy for {} ms: its sockets wait; what takes "
            "long "
            "should be declared blocking",
            i,
            std::chrono::duration_cast<std::chrono::milliseconds>(busy)
                .count());
      }
      warned[i] = busy >= bound;
    }
}

} // namespace stagedoor
