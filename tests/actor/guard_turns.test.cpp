#include "stagedoor/actors/connections/guard_turns.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>

namespace guard_turns_suite {

using namespace stagedoor;

namespace {

/// Counts how often it is told, and takes a turn then.
struct taker final : guard_turns::asker {
  explicit taker(guard_turns& all) : turns(all) {}

  void turn_is_free() override {
    ++told;
    BOOST_TEST(turns.take(*this));
  }

  guard_turns& turns;
  int told = 0;
};

struct all_taken {
  all_taken() {
    for (std::size_t i = 0; i < guard_turns::questions_max; ++i)
      BOOST_TEST(turns.take(first));
  }

  guard_turns turns;
  taker first{turns};
  taker second{turns};
  taker third{turns};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(guard_turns, all_taken)

BOOST_AUTO_TEST_CASE(whoever_finds_none_is_told_of_the_next_once) {
  BOOST_TEST(!turns.take(second));
  BOOST_TEST(!turns.take(second));
  BOOST_TEST(!turns.take(third));
  turns.give_back();
  BOOST_TEST(second.told == 1);
  BOOST_TEST(third.told == 0);
  turns.give_back(2);
  BOOST_TEST(second.told == 1);
  BOOST_TEST(third.told == 1);
  BOOST_TEST(turns.take(second));
  BOOST_TEST(!turns.take(second));
}

BOOST_AUTO_TEST_CASE(who_ends_is_told_of_none) {
  BOOST_TEST(!turns.take(second));
  BOOST_TEST(!turns.take(third));
  turns.forget(second);
  turns.give_back();
  BOOST_TEST(second.told == 0);
  BOOST_TEST(third.told == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace guard_turns_suite
