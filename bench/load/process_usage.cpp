#include "load/process_usage.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <string>

namespace stagedoor::load {

std::optional<process_usage> usage_of(int pid) {
  // In ns, where /proc/PID/stat has ticks of 10 ms.
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return std::nullopt;
  std::ifstream file{"/proc/" + std::to_string(pid) + "/statm"};
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  if (!(file >> pages >> resident))
    return std::nullopt;
  process_usage result;
  result.cpu = std::chrono::seconds{time.tv_sec}
               + std::chrono::nanoseconds{time.tv_nsec};
  result.rss_bytes =
      resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return result;
}

std::optional<process_usage> usage_of(const std::vector<int>& pids) {
  process_usage result;
  for (auto pid : pids) {
    auto one = usage_of(pid);
    if (!one)
      return std::nullopt;
    result.cpu += one->cpu;
    result.rss_bytes += one->rss_bytes;
  }
  return result;
}

} // namespace stagedoor::load
