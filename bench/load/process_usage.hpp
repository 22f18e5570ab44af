#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace stagedoor::load {

/// What a process has used so far.
struct process_usage {
  /// User and system time of all its threads.
  std::chrono::nanoseconds cpu{0};
  /// The system time of it, in whole ticks.
  std::chrono::nanoseconds kernel{0};
  /// Memory that it has in RAM.
  std::uint64_t rss_bytes = 0;
};

/// @returns nullopt if there is no such process.
std::optional<process_usage> usage_of(int pid);

/// The sum over several processes.
/// @returns nullopt if one of them is not there.
std::optional<process_usage> usage_of(const std::vector<int>& pids);

} // namespace stagedoor::load
