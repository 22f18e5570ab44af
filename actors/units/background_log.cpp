#include "stagedoor/actors/units/background_log.hpp"

#include "stagedoor/actors/units/blocked_signals.hpp"
#include "stagedoor/actors/units/log_limits.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

namespace stagedoor {

namespace {

std::shared_ptr<spdlog::details::thread_pool> make_writer() {
  const blocked_signals blocked;
  return std::make_shared<spdlog::details::thread_pool>(log_limits::lines_max,
                                                        1);
}

/// Whether anything has been logged in the background.
std::atomic<bool> is_used = false;

/// The thread that writes, and the queue to it. It never ends: a thread that
/// the log holds up could not be waited for.
const std::shared_ptr<spdlog::details::thread_pool>& writer() {
  static const auto& result = *new auto(make_writer());
  is_used = true;
  return result;
}

/// Hands lines on to the sinks of another logger, as if they were that one's.
class forwarding_sink : public spdlog::sinks::sink {
public:
  explicit forwarding_sink(std::shared_ptr<spdlog::logger> target)
      : target_(std::move(target)) {}

  void log(const spdlog::details::log_msg& line) override {
    const auto dropped = dropped_log_lines();
    const auto missing = dropped - std::exchange(told_, dropped);
    auto renamed = line;
    renamed.logger_name = target_->name();
    for_each_sink([&](spdlog::sinks::sink& each) {
      if (missing != 0)
        pass({target_->name(), spdlog::level::warn,
              "dropped lines of the log: " + std::to_string(missing)
                  + "; they came faster than they were written"},
             each);
      pass(renamed, each);
    });
  }

  void flush() override {
    for_each_sink([](spdlog::sinks::sink& each) { each.flush(); });
  }

  void set_pattern(const std::string& pattern) override {
    target_->set_pattern(pattern);
  }

  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    target_->set_formatter(std::move(formatter));
  }

private:
  static void pass(const spdlog::details::log_msg& line,
                   spdlog::sinks::sink& each) {
    if (each.should_log(line.level))
      each.log(line);
  }

  /// Has each sink do something, also behind one that throws. spdlog tells of
  /// what was thrown.
  template <class Task>
  void for_each_sink(Task task) {
    std::exception_ptr thrown;
    for (const auto& each : target_->sinks())
      try {
        task(*each);
      } catch (...) {
        thrown = std::current_exception();
      }
    if (thrown)
      std::rethrow_exception(thrown);
  }

  std::shared_ptr<spdlog::logger> target_;
  /// How many dropped lines were told of.
  std::size_t told_ = dropped_log_lines();
};

/// Tells when the writer has come to it.
class milestone : public spdlog::sinks::sink {
public:
  /// @returns whether the writer has come to it.
  bool wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, [this] { return passed_; });
  }

  void log(const spdlog::details::log_msg&) override {}

  void flush() override {
    {
      std::lock_guard lock{mutex_};
      passed_ = true;
    }
    changed_.notify_all();
  }

  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool passed_ = false;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  return std::make_shared<spdlog::async_logger>(
      "", std::move(sink), writer(),
      spdlog::async_overflow_policy::overrun_oldest);
}

} // namespace

std::shared_ptr<spdlog::logger>
in_background(std::shared_ptr<spdlog::logger> target) {
  if (std::dynamic_pointer_cast<spdlog::async_logger>(target))
    return target;
  const auto level = target->level();
  const auto flush_level = target->flush_level();
  auto result =
      make_logger(std::make_shared<forwarding_sink>(std::move(target)));
  result->set_level(level);
  result->flush_on(flush_level);
  return result;
}

bool flush_background_log(std::chrono::milliseconds timeout) {
  if (!is_used)
    return true;
  static std::mutex mutex;
  // The one that the writer has not come to in time. It goes with its place in
  // the queue. Never destroyed, as the program asks at its very end.
  static auto& missed = *new std::weak_ptr<milestone>;
  {
    std::lock_guard lock{mutex};
    if (const auto before = missed.lock(); before && !before->wait({}))
      return false;
  }
  auto mark = std::make_shared<milestone>();
  make_logger(mark)->flush();
  if (mark->wait(timeout))
    return true;
  std::lock_guard lock{mutex};
  missed = mark;
  return false;
}

std::size_t dropped_log_lines() {
  return is_used ? writer()->overrun_counter() : 0;
}

} // namespace stagedoor
