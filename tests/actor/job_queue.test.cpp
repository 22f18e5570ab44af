// What waits for the threads of a store.

#include "stagedoor/actors/store/job_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace job_queue_suite {

using namespace stagedoor;

namespace {

/// A queue, and the jobs that were taken from it, by name.
struct fixture {
  void add(const std::string& name, bool is_look_up) {
    waiting_job job{store::clock::time_point::max(), {}, {}};
    job.then = [this, name](const std::exception_ptr& error) {
      ended += name;
      if (error)
        ended += '!';
    };
    if (is_look_up)
      job.look_up = std::make_shared<const sql_look_up>();
    queue.add(std::move(job));
  }

  void add_look_ups(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      add("l", true);
  }

  /// Takes what a thread would, and ends it.
  std::string take(std::size_t most = 1) {
    ended.clear();
    for (auto& job : queue.take(most))
      job.end(nullptr);
    return ended;
  }

  stagedoor::job_queue queue{100};
  std::string ended;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_queue, fixture)

BOOST_AUTO_TEST_CASE(jobs_are_taken_in_their_order_up_to_a_number) {
  for (const auto* name : {"a", "b", "c"})
    add(name, false);
  BOOST_TEST(take() == "a");
  BOOST_TEST(take(64) == "bc");
}

BOOST_AUTO_TEST_CASE(look_ups_that_follow_each_other_are_taken_together) {
  add_look_ups(2);
  add("a", false);
  add_look_ups(3);
  BOOST_TEST(take() == "ll");
  BOOST_TEST(take() == "a");
  BOOST_TEST(take() == "lll");
}

BOOST_AUTO_TEST_CASE(so_many_look_ups_are_taken_at_most) {
  add_look_ups(stagedoor::job_queue::look_ups_max);
  BOOST_TEST(take() == std::string(stagedoor::job_queue::look_ups_max, 'l'));
  add_look_ups(stagedoor::job_queue::look_ups_max + 1);
  BOOST_TEST(take() == std::string(stagedoor::job_queue::look_ups_max, 'l'));
  BOOST_TEST(take() == "l");
}

BOOST_AUTO_TEST_CASE(one_more_than_may_wait_is_full) {
  add_look_ups(100);
  BOOST_TEST(ended.empty());
  add("x", true);
  BOOST_TEST(ended == "x!");
}

BOOST_AUTO_TEST_CASE(what_waits_when_it_is_closed_is_gone) {
  add("a", false);
  add("l", true);
  queue.close();
  BOOST_TEST(ended == "a!l!");
  BOOST_TEST(queue.take(1).empty());
}

BOOST_AUTO_TEST_CASE(a_thread_that_waits_hears_of_each_kind) {
  for (const auto is_look_up : {true, false}) {
    std::vector<waiting_job> taken;
    std::thread waiting{[&] { taken = queue.take(1); }};
    add("x", is_look_up);
    waiting.join();
    BOOST_TEST(taken.size() == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace job_queue_suite
