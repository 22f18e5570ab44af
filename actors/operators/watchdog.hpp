#pragma once

#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/io_unit.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace stagedoor {

/// A thread that logs a unit that is busy for longer than `stall_warning`
/// without a break: an action that should be *blocking* and is not. Once per
/// stall.
class watchdog {
public:
  watchdog(std::vector<const io_unit*> units, runtime_ptr shared);
  ~watchdog();

  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

private:
  void loop();

  std::vector<const io_unit*> units_;
  runtime_ptr shared_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace stagedoor
