#include "stagedoor/actors/units/running_work.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>
#include <thread>

using work = stagedoor::running_work;

BOOST_AUTO_TEST_SUITE(running_work)

BOOST_AUTO_TEST_CASE(says_what_the_thread_runs_and_then_what_it_ran_before) {
  BOOST_TEST(work::text() == "");
  {
    const work outer{"action", "create", "notes"};
    {
      const work inner{"permission", "IsOwner"};
      BOOST_TEST(work::text() == "permission \"IsOwner\"");
    }
    BOOST_TEST(work::text() == "action \"create\" of handler \"notes\"");
  }
  BOOST_TEST(work::text() == "");
}

BOOST_AUTO_TEST_CASE(other_threads_see_it_as_long_as_it_runs) {
  const work here{"action", "list", "notes"};
  std::promise<void> begun;
  std::promise<void> end;
  std::thread other([&] {
    const work there{"a hook", {}, "notes"};
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

BOOST_AUTO_TEST_SUITE_END()
