#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// Returns a logger whose lines another thread writes to the sinks of `target`:
/// whoever logs never waits, also where nobody reads the log. It has the levels
/// that `target` has now. One that is asynchronous already comes back itself.
/// Limit: `log_limits::lines_max` lines of the process may wait. One
/// more drops the oldest, and a line says how many are missing.
/// Thread rule: any thread.
std::shared_ptr<spdlog::logger>
in_background(std::shared_ptr<spdlog::logger> target);

/// Waits until all lines so far are written that were logged in the background.
/// Where that has taken too long before, and nothing was written since, it does
/// not wait again.
/// @returns false if they are not: the log takes nothing.
/// Thread rule: any thread.
bool flush_background_log(std::chrono::milliseconds timeout);

/// How many lines of the process were dropped.
/// Thread rule: any thread.
std::size_t dropped_log_lines();

} // namespace stagedoor
