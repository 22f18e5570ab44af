#include "stagedoor/actors/server/graceful_end.hpp"

#include "stagedoor/actors/server/server_limits.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/actors/units/running_work.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>

namespace stagedoor {

namespace {

using clock = std::chrono::steady_clock;

/// How soon a second signal is seen.
constexpr std::chrono::milliseconds look_interval{20};

/// Ends the process without waiting for anything but the last lines of its log.
[[noreturn]] void end_at_once(spdlog::logger& log, int status) {
  log.flush();
  flush_background_log(server_limits::last_lines_timeout);
  std::_Exit(status);
}

void heed_second_signal(termination_signals& signals, spdlog::logger& log) {
  if (!signals.take())
    return;
  log.warn("second signal: ending at once");
  end_at_once(log, EXIT_FAILURE);
}

} // namespace

void end_gracefully(server& ending, termination_signals& signals,
                    const runtime& shared, limits::duration drain_delay) {
  auto& log = *shared.log;
  const auto drain_timeout = shared.limits.drain_timeout;
  const auto signal = signals.wait();
  if (drain_delay > drain_delay.zero()) {
    log.info("signal {}: not ready any more, and draining in {} ms", signal,
             drain_delay.count());
    ending.announce_drain();
    const auto drains_at = clock::now() + drain_delay;
    while (clock::now() < drains_at) {
      heed_second_signal(signals, log);
      std::this_thread::sleep_for(look_interval);
    }
  }
  log.info("signal {}: draining, at most {} ms", signal, drain_timeout.count());
  ending.drain();
  const auto drained_by = clock::now() + drain_timeout;
  while (!ending.wait_drained(look_interval) && clock::now() < drained_by)
    heed_second_signal(signals, log);
  if (const auto running = running_work::text(); !running.empty())
    log.warn("the drain is over and this still runs: {}", running);
  // What the application runs may never return, and its threads are waited for.
  auto stopped = std::async(std::launch::async, [&] { ending.stop(); });
  const auto stopped_by =
      std::max(drained_by, clock::now()) + server_limits::stop_timeout;
  while (stopped.wait_for(look_interval) != std::future_status::ready) {
    heed_second_signal(signals, log);
    const auto running = running_work::text();
    if (running.empty() || clock::now() < stopped_by)
      continue;
    log.error("drain-timeout is over, ending without waiting for: {}", running);
    end_at_once(log, EXIT_SUCCESS);
  }
  stopped.get();
}

} // namespace stagedoor
