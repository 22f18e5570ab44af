#include "load/process_usage.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

namespace stagedoor::load {

namespace {

/// The system time of /proc/PID/stat, which is its 15th number; the second one
/// is a name that may have spaces and ends with the last bracket.
std::optional<std::chrono::nanoseconds> kernel_time_of(int pid) {
  constexpr int fields_before = 12;
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return std::nullopt;
  std::istringstream rest{line.substr(name_end + 1)};
  std::string ignored;
  for (int i = 0; i < fields_before; ++i)
    rest >> ignored;
  std::int64_t ticks = 0;
  if (!(rest >> ticks))
    return std::nullopt;
  return std::chrono::nanoseconds{std::chrono::seconds{ticks}}
         / sysconf(_SC_CLK_TCK);
}

} // namespace

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
  const auto kernel = kernel_time_of(pid);
  if (!kernel)
    return std::nullopt;
  process_usage result;
  result.kernel = *kernel;
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
    result.kernel += one->kernel;
    result.rss_bytes += one->rss_bytes;
  }
  return result;
}

} // namespace stagedoor::load
