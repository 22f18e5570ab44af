#include "load/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace stagedoor::load {

namespace {

using namespace std::chrono_literals;

constexpr int bar_columns = 30;
constexpr auto bar_interval = 200ms;
constexpr auto line_interval = 5s;
constexpr double percent = 100;

std::string seconds_text(double seconds) {
  return std::to_string(static_cast<long>(std::ceil(seconds))) + " s";
}

} // namespace

progress::progress(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void progress::begin(std::string what) {
  what_ = std::move(what);
  began_ = told_ = clock::now();
  told_count_ = 0;
}

void progress::update(double share, std::uint64_t count) {
  auto now = clock::now();
  if (quiet_
      || now - told_ < (terminal_ ? clock::duration{bar_interval}
                                  : clock::duration{line_interval}))
    return;
  std::chrono::duration<double> since = now - told_;
  std::chrono::duration<double> taken = now - began_;
  auto rate =
      static_cast<double>(count - std::min(count, told_count_)) / since.count();
  share = std::clamp(share, 0.0, 1.0);
  std::string left;
  if (share > 0)
    left = ", " + seconds_text(taken.count() * (1 - share) / share) + " left";
  auto done = static_cast<int>(share * percent);
  if (terminal_) {
    std::string bar(static_cast<std::size_t>(share * bar_columns), '#');
    bar.resize(bar_columns, '-');
    std::fprintf(stderr, "\r\033[K%s [%s] %d %%, %.0f/s%s", what_.c_str(),
                 bar.c_str(), done, rate, left.c_str());
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s: %d %%, %.0f/s%s\n", what_.c_str(), done, rate,
                 left.c_str());
  }
  std::fflush(stderr);
  told_ = now;
  told_count_ = count;
}

void progress::clear() {
  if (std::exchange(drawn_, false))
    std::fputs("\r\033[K", stderr);
}

} // namespace stagedoor::load
