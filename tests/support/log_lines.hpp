#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

namespace stagedoor::test {

/// Keeps what is logged in memory.
/// Thread rule: any thread.
class log_lines : public spdlog::sinks::base_sink<std::mutex> {
public:
  std::string text() {
    std::lock_guard lock{mutex_};
    return text_;
  }

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    text_ += spdlog::level::to_short_c_str(message.level);
    text_ += ' ';
    text_.append(message.payload.data(), message.payload.size());
    text_ += '\n';
  }

  void flush_() override {}

  std::string text_;
};

} // namespace stagedoor::test
