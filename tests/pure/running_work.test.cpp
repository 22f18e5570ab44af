#include "stagedoor/actors/units/running_work.hpp"

#include "stagedoor/actors/units/log_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace running_work_suite {

using namespace stagedoor;
using work = stagedoor::running_work;

namespace {

request message_of(const std::string& route) {
  scope asked;
  asked.connection_id = 7;
  asked.user.id = "ada";
  request_data data;
  data.scope = std::make_shared<const scope>(std::move(asked));
  data.message.head.action = "create";
  data.message.head.route = route;
  return request{std::move(data)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(running_work)

BOOST_AUTO_TEST_CASE(says_what_the_thread_runs_and_then_what_it_ran_before) {
  BOOST_TEST(work::text() == "");
  {
    const work outer{{"action", "create", "notes"}};
    {
      const work inner{{"permission", "IsOwner"}};
      BOOST_TEST(work::text() == "permission \"IsOwner\"");
    }
    BOOST_TEST(work::text() == "action \"create\" of handler \"notes\"");
  }
  BOOST_TEST(work::text() == "");
}

BOOST_AUTO_TEST_CASE(other_threads_see_it_as_long_as_it_runs) {
  const work here{{"action", "list", "notes"}};
  std::promise<void> begun;
  std::promise<void> end;
  std::thread other([&] {
    const work there{{"a hook", {}, "notes"}};
    begun.set_value();
    end.get_future().wait();
  });
  begun.get_future().wait();
  BOOST_TEST(work::text()
             == "action \"list\" of handler \"notes\", a hook of handler "
                "\"notes\"");
  end.set_value();
  other.join();
  BOOST_TEST(work::text() == "action \"list\" of handler \"notes\"");
}

BOOST_AUTO_TEST_CASE(says_whose_message_it_is_without_the_query) {
  const auto message = message_of("notes/?token=secret");
  const work here{{"action", "create", "notes", &message}};
  BOOST_TEST(work::text()
             == "action \"create\" of handler \"notes\" (route \"notes/\", "
                "connection 7, user \"ada\")");
}

BOOST_AUTO_TEST_CASE(of_a_long_name_the_beginning_is_told) {
  const std::string longest(log_limits::name_bytes_max, 'n');
  const auto told = "action \"" + longest + "\"";
  {
    const work here{{"action", longest}};
    BOOST_TEST(work::text() == told);
  }
  const auto longer = longest + "n";
  const work here{{"action", longer}};
  BOOST_TEST(work::text() == told);
}

BOOST_AUTO_TEST_CASE(what_ends_while_it_is_told_waits_for_that) {
  std::atomic<bool> is_over{false};
  std::thread other([&] {
    while (!is_over) {
      // Freed right behind its work.
      const auto name = std::make_unique<const std::string>(100, 'n');
      const work there{{"action", *name}};
    }
  });
  const auto told = "action \"" + std::string(100, 'n') + "\"";
  std::size_t seen = 0;
  while (seen < 1000)
    if (const auto text = work::text(); !text.empty()) {
      ++seen;
      BOOST_REQUIRE(text == told);
    }
  is_over = true;
  other.join();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace running_work_suite
