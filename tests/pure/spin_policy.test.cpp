#include "stagedoor/actors/units/spin_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace spin_policy_suite {

using namespace std::chrono_literals;

namespace {

using policy = stagedoor::spin_policy;

/// How many of the next sleeps come at once, before it looks again.
int sleeps_until_it_looks(policy& subject) {
  constexpr int enough = 1000;
  for (int count = 0; count < enough; ++count) {
    if (subject.next() > 0s)
      return count;
    subject.slept(60us, false);
  }
  return enough;
}

} // namespace

BOOST_AUTO_TEST_SUITE(spin_policy)

BOOST_AUTO_TEST_CASE(without_a_time_it_never_looks) {
  policy subject{0s};
  BOOST_TEST(!subject.is_on());
  BOOST_TEST(policy{1us}.is_on());
  BOOST_TEST((subject.next() == 0s));
  subject.slept(0s, false);
  subject.slept(1ns, false);
  BOOST_TEST((subject.next() == 0s));
}

BOOST_AUTO_TEST_CASE(it_looks_after_a_short_wait) {
  policy subject{50us};
  BOOST_TEST((subject.next() == 0s));
  subject.slept(100us, false);
  BOOST_TEST((subject.next() == 0s));
  subject.slept(100us - 1ns, false);
  BOOST_TEST((subject.next() == 50us));
  subject.found();
  BOOST_TEST((subject.next() == 50us));
}

BOOST_AUTO_TEST_CASE(it_sleeps_after_a_long_wait) {
  policy subject{50us};
  subject.slept(10us, false);
  BOOST_TEST((subject.next() == 50us));
  subject.slept(1s, true);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST((subject.next() == 0s));
    subject.slept(1s, false);
  }
}

BOOST_AUTO_TEST_CASE(it_looks_less_often_when_that_is_in_vain) {
  policy subject{50us};
  subject.slept(60us, false);
  for (const auto sleeps : {0, 2, 4, 8, 16, 32, 64, 64}) {
    BOOST_TEST(sleeps_until_it_looks(subject) == sleeps);
    subject.slept(60us, true);
  }
}

BOOST_AUTO_TEST_CASE(it_forgets_that_when_it_has_found_something) {
  policy subject{50us};
  subject.slept(60us, false);
  for (int i = 0; i < 4; ++i) {
    sleeps_until_it_looks(subject);
    subject.slept(60us, true);
  }
  sleeps_until_it_looks(subject);
  subject.found();
  BOOST_TEST(sleeps_until_it_looks(subject) == 0);
  subject.slept(60us, true);
  BOOST_TEST(sleeps_until_it_looks(subject) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace spin_policy_suite
