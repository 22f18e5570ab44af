#include "load/run.hpp"

#include <sys/prctl.h>

#include <unistd.h>

#include <algorithm>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "load/broadcast_worker.hpp"
#include "load/frame.hpp"
#include "load/handshake_worker.hpp"
#include "load/message_worker.hpp"
#include "load/progress.hpp"
#include "load/upgrade.hpp"
#include "load/worker.hpp"

namespace stagedoor::load {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

constexpr auto look_interval = 20ms;
/// What a server may still do after the last handshake, before its memory is
/// looked at.
constexpr auto settle_time = 300ms;

std::unique_ptr<worker> make_worker(const plan& shared, std::size_t number) {
  if (shared.options.mode == mode::handshakes)
    return std::make_unique<handshake_worker>(shared, number);
  if (shared.options.mode == mode::broadcast)
    return std::make_unique<broadcast_worker>(shared, number);
  return std::make_unique<message_worker>(shared, number);
}

std::vector<std::string> upgrade_requests(const std::vector<target>& to) {
  std::vector<std::string> result;
  result.reserve(to.size());
  for (const auto& entry : to)
    result.push_back(upgrade_request(entry));
  return result;
}

clock::duration ticks(std::chrono::duration<double> from) {
  return std::chrono::duration_cast<clock::duration>(from);
}

/// One run: its threads, and the one that looks at them.
class session {
public:
  explicit session(const options& opts)
      : plan_{opts, upgrade_requests(opts.targets),
              frame_stream{masked_frame(opcode::text, opts.message)}},
        prepared_(static_cast<std::ptrdiff_t>(opts.threads)),
        done_(static_cast<std::ptrdiff_t>(opts.threads)),
        progress_(opts.quiet) {}

  report run() {
    auto before = look();
    start_threads();
    if (open_connections()) {
      if (opts().mode == mode::idle)
        std::this_thread::sleep_for(settle_time);
      auto open = look();
      drive();
      if (opts().mode == mode::idle) {
        begin_ = before;
        end_ = open;
      }
    } else {
      released_.set_value(std::nullopt);
    }
    threads_.clear(); // Joins them.
    progress_.clear();
    return outcome();
  }

private:
  /// What is looked at from outside at one time.
  struct snapshot {
    std::optional<process_usage> server;
    std::optional<process_usage> load;
  };

  [[nodiscard]] const options& opts() const { return plan_.options; }

  [[nodiscard]] snapshot look() const {
    snapshot result;
    if (!opts().server_pids.empty())
      result.server = usage_of(opts().server_pids);
    result.load = usage_of(getpid());
    return result;
  }

  void start_threads() {
    auto released = released_.get_future().share();
    for (std::size_t i = 0; i < opts().threads; ++i) {
      workers_.push_back(make_worker(plan_, i));
      threads_.emplace_back([this, released, it = workers_.back().get()] {
        // A message that is due is sent then, not up to 50 us later.
        prctl(PR_SET_TIMERSLACK, 1UL);
        it->prepare();
        prepared_.count_down();
        if (auto when = released.get())
          it->run(*when);
        done_.count_down();
      });
    }
  }

  [[nodiscard]] std::uint64_t counted() const {
    std::uint64_t result = 0;
    for (const auto& entry : workers_)
      result += entry->progress();
    return result;
  }

  bool open_connections() {
    progress_.begin("opening");
    while (!prepared_.try_wait()) {
      std::this_thread::sleep_for(look_interval);
      auto open = counted();
      progress_.update(static_cast<double>(open)
                           / static_cast<double>(opts().connections),
                       open);
    }
    return std::all_of(workers_.begin(), workers_.end(), [](const auto& entry) {
      return entry->counted().good();
    });
  }

  void drive() {
    when_.start = clock::now();
    when_.begin = when_.start;
    if (opts().mode != mode::idle)
      when_.begin += ticks(opts().warmup);
    when_.end = opts().messages ? time_point::max()
                                : when_.begin + ticks(opts().seconds);
    progress_.begin(name_of(opts().mode));
    released_.set_value(when_);
    wait_until(when_.begin);
    begin_ = look();
    wait_until(when_.end);
    end_ = look();
    // Sooner, if no connection is left.
    if (!opts().messages)
      when_.end = std::min(when_.end, clock::now());
    done_.wait();
  }

  /// Waits, or until all threads are done.
  void wait_until(time_point until) {
    while (!done_.try_wait()) {
      auto now = clock::now();
      if (now >= until)
        return;
      std::this_thread::sleep_until(std::min(until, now + look_interval));
      progress_.update(share(), counted());
    }
  }

  [[nodiscard]] double share() const {
    if (opts().messages)
      return static_cast<double>(counted())
             / static_cast<double>(*opts().messages);
    std::chrono::duration<double> past = clock::now() - when_.start;
    std::chrono::duration<double> all = when_.end - when_.start;
    return past / all;
  }

  report outcome() const {
    report result;
    for (const auto& entry : workers_)
      result.counted += entry->counted();
    auto end = opts().messages ? result.counted.last : when_.end;
    result.seconds = std::max(end, when_.begin) - when_.begin;
    if (begin_.server && end_.server)
      result.server = {*begin_.server, *end_.server};
    if (begin_.load && end_.load)
      result.load = {*begin_.load, *end_.load};
    if (!opts().server_pids.empty() && !result.server)
      result.counted.report("--server-pid: there is no such process");
    return result;
  }

  const plan plan_;
  std::latch prepared_;
  std::latch done_;
  progress progress_;
  std::promise<std::optional<window>> released_;
  window when_{};
  snapshot begin_;
  snapshot end_;
  std::vector<std::unique_ptr<worker>> workers_;
  /// Joined before what they use is gone.
  std::vector<std::jthread> threads_;
};

} // namespace

report run(const options& opts) {
  return session{opts}.run();
}

} // namespace stagedoor::load
