#include "stagedoor/actors/units/background_log.hpp"

#include "stagedoor/actors/units/log_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/channel.hpp"
#include "support/held_lines.hpp"
#include "support/log_lines.hpp"

namespace background_log_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

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
  auto lines = std::make_shared<test::held_lines>();
  const auto log =
      in_background(std::make_shared<spdlog::logger>("target", lines));
  const auto dropped_before = dropped_log_lines();
  lines->hold();
  log->info("first");
  lines->await_line();
  for (std::size_t i = 0; i < log_limits::lines_max; ++i)
    log->info("line {}", i);
  BOOST_TEST(dropped_log_lines() == dropped_before);
  log->info("one more");
  BOOST_TEST(dropped_log_lines() == dropped_before + 1);
  // The request to say when all is written drops the next one.
  BOOST_TEST(!flush_background_log(1ms));
  BOOST_TEST(dropped_log_lines() == dropped_before + 2);
  // Whoever asks next does not wait once more.
  BOOST_TEST(!flush_background_log(10s));
  BOOST_TEST(dropped_log_lines() == dropped_before + 2);
  lines->release();
  BOOST_TEST(
      test::eventually([&] { return lines->text().ends_with("one more\n"); }));
  BOOST_TEST(lines->text().starts_with(
      "first\ndropped lines of the log: 2; they came faster than they were "
      "written\nline 2\nline 3\n"));
  BOOST_TEST(lines->text().ends_with(
      "\nline " + std::to_string(log_limits::lines_max - 1) + "\none more\n"));
  log->info("later");
  BOOST_TEST(flush_background_log(10s));
  BOOST_TEST(lines->text().ends_with("one more\nlater\n"));
}

BOOST_AUTO_TEST_CASE(a_sink_that_throws_keeps_no_line_from_the_others) {
  /// Takes nothing.
  struct broken : test::log_lines {
    void sink_it_(const spdlog::details::log_msg&) override {
      throw std::runtime_error("broken");
    }
    void flush_() override { throw std::runtime_error("broken"); }
  };
  auto lines = std::make_shared<test::log_lines>();
  auto target = std::make_shared<spdlog::logger>(
      "target", spdlog::sinks_init_list{std::make_shared<broken>(), lines});
  const auto log = in_background(target);
  log->set_error_handler([](const std::string&) {});
  log->info("one");
  log->flush();
  log->info("two");
  BOOST_TEST(flush_background_log(10s));
  BOOST_TEST(lines->text() == "I one\nI two\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace background_log_suite
