#include "stagedoor/actors/operators/background_log.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "support/channel.hpp"
#include "support/log_lines.hpp"

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

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

} // namespace

BOOST_AUTO_TEST_SUITE(background_log)

BOOST_AUTO_TEST_CASE(lines_come_out_in_order_and_at_the_level_of_the_target) {
  auto lines = std::make_shared<test::log_lines>();
  auto target = std::make_shared<spdlog::logger>("target", lines);
  target->set_level(spdlog::level::debug);
  const auto log = in_background(target);
  log->trace("no");
  log->debug("one");
  log->warn("two");
  BOOST_TEST(flush_background_log(10s));
  BOOST_TEST(lines->text() == "D one\nW two\n");
}

BOOST_AUTO_TEST_CASE(what_writes_in_the_background_is_not_made_to_twice) {
  const auto log = in_background(std::make_shared<spdlog::logger>(
      "target", std::make_shared<test::log_lines>()));
  BOOST_TEST(in_background(log) == log);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_log_that_takes_nothing) {
  auto lines = std::make_shared<held_lines>();
  const auto log =
      in_background(std::make_shared<spdlog::logger>("target", lines));
  const auto dropped_before = dropped_log_lines();
  lines->hold();
  log->info("first");
  lines->await_line();
  for (std::size_t i = 0; i < operator_limits::log_lines_max; ++i)
    log->info("line {}", i);
  BOOST_TEST(dropped_log_lines() == dropped_before);
  log->info("one more");
  BOOST_TEST(dropped_log_lines() == dropped_before + 1);
  // The request to say when all is written drops the next one.
  BOOST_TEST(!flush_background_log(1ms));
  BOOST_TEST(dropped_log_lines() == dropped_before + 2);
  lines->release();
  BOOST_TEST(
      test::eventually([&] { return lines->text().ends_with("one more\n"); }));
  BOOST_TEST(lines->text().starts_with(
      "first\ndropped lines of the log: 2; they came faster than they were "
      "written\nline 2\nline 3\n"));
  BOOST_TEST(lines->text().ends_with(
      "\nline " + std::to_string(operator_limits::log_lines_max - 1)
      + "\none more\n"));
  log->info("later");
  BOOST_TEST(flush_background_log(10s));
  BOOST_TEST(lines->text().ends_with("one more\nlater\n"));
}

BOOST_AUTO_TEST_SUITE_END()
