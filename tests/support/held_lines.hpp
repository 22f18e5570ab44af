#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace stagedoor::test {

/// Keeps what is logged in memory, one line at a time if it is told so: as a
/// pipe that nobody reads.
class held_lines : public spdlog::sinks::base_sink<std::mutex> {
public:
  /// Lets each line wait from now on.
  void hold() {
    std::lock_guard lock{gate_mutex_};
    held_ = true;
  }

  void release() {
    std::lock_guard lock{gate_mutex_};
    held_ = false;
    gate_changed_.notify_all();
  }

  /// Whether a line has come.
  [[nodiscard]] bool has_line() {
    std::lock_guard lock{gate_mutex_};
    return waiting_;
  }

  /// Waits until a line waits.
  void await_line() {
    std::unique_lock lock{gate_mutex_};
    gate_changed_.wait(lock, [this] { return waiting_; });
  }

  [[nodiscard]] std::string text() {
    std::lock_guard lock{mutex_};
    return text_;
  }

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::unique_lock lock{gate_mutex_};
    waiting_ = true;
    gate_changed_.notify_all();
    gate_changed_.wait(lock, [this] { return !held_; });
    text_.append(message.payload.data(), message.payload.size()) += '\n';
  }

  void flush_() override {}

  std::mutex gate_mutex_;
  std::condition_variable gate_changed_;
  bool held_ = false;
  bool waiting_ = false;
  std::string text_;
};

/// Makes spdlog's default logger, for as long as it lives, one whose lines wait
/// until they are released.
class held_default_log {
public:
  held_default_log() {
    lines_->hold();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("held", lines_));
  }

  ~held_default_log() {
    lines_->release();
    spdlog::set_default_logger(before_);
  }

  held_default_log(const held_default_log&) = delete;
  held_default_log& operator=(const held_default_log&) = delete;

  held_lines* operator->() { return lines_.get(); }

private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::shared_ptr<held_lines> lines_ = std::make_shared<held_lines>();
};

} // namespace stagedoor::test
