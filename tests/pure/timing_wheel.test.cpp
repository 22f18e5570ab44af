#include "stagedoor/actors/units/timing_wheel.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace timing_wheel_suite {

using namespace std::chrono_literals;

namespace {

using stagedoor::deadline;
using clock_type = stagedoor::timing_wheel::clock;
using wheel_type = stagedoor::timing_wheel;

constexpr auto tick = wheel_type::tick;
/// More than one round of the wheel.
constexpr auto round_ticks = 1024;

/// A wheel with its clock, and deadlines that note when they expire.
struct wheel_fixture {
  clock_type::time_point start{1h};
  clock_type::time_point now = start;
  wheel_type wheel{start};

  void advance(clock_type::duration by) {
    now += by;
    wheel.advance(now);
  }
};

/// Counts how often it has expired.
struct counted {
  int expiries = 0;
  deadline due{[this] { ++expiries; }};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timing_wheel, wheel_fixture)

BOOST_AUTO_TEST_CASE(a_deadline_expires_exactly_at_its_tick) {
  counted x;
  wheel.arm(x.due, now + 50ms);
  advance(50ms - 1ns);
  BOOST_TEST(x.expiries == 0);
  BOOST_TEST(x.due.armed());
  advance(1ns);
  BOOST_TEST(x.expiries == 1);
  BOOST_TEST(!x.due.armed());
}

BOOST_AUTO_TEST_CASE(between_two_ticks_it_expires_at_the_later_one) {
  counted x;
  wheel.arm(x.due, now + 50ms + 1ns);
  advance(60ms - 1ns);
  BOOST_TEST(x.expiries == 0);
  advance(1ns);
  BOOST_TEST(x.expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_of_the_past_expires_at_the_next_tick) {
  counted past;
  counted present;
  advance(5 * tick);
  wheel.arm(past.due, start - 1s);
  wheel.arm(present.due, now);
  wheel.advance(now + tick);
  BOOST_TEST(past.expiries == 1);
  BOOST_TEST(present.expiries == 1);
}

BOOST_AUTO_TEST_CASE(expires_once_only) {
  counted x;
  wheel.arm(x.due, now + tick);
  advance(tick);
  for (int i = 0; i < 3 * round_ticks; ++i)
    advance(tick);
  BOOST_TEST(x.expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_of_a_later_round_lets_earlier_rounds_pass) {
  counted x;
  counted same_slot;
  auto delay = (2 * round_ticks + 7) * tick;
  wheel.arm(x.due, now + delay);
  wheel.arm(same_slot.due, now + 7 * tick);
  for (auto passed = tick; passed < delay; passed += tick)
    advance(tick);
  BOOST_TEST(same_slot.expiries == 1);
  BOOST_TEST(x.expiries == 0);
  advance(tick);
  BOOST_TEST(x.expiries == 1);
}

BOOST_AUTO_TEST_CASE(arming_again_replaces_the_earlier_time) {
  counted later;
  counted sooner;
  wheel.arm(later.due, now + 2 * tick);
  wheel.arm(later.due, now + 5 * tick);
  wheel.arm(sooner.due, now + 5 * tick);
  wheel.arm(sooner.due, now + 2 * tick);
  advance(2 * tick);
  BOOST_TEST(later.expiries == 0);
  BOOST_TEST(sooner.expiries == 1);
  advance(3 * tick);
  BOOST_TEST(later.expiries == 1);
  BOOST_TEST(sooner.expiries == 1);
}

BOOST_AUTO_TEST_CASE(disarmed_or_destroyed_it_never_expires) {
  counted disarmed;
  int expiries = 0;
  auto destroyed = std::make_unique<deadline>([&] { ++expiries; });
  wheel.arm(disarmed.due, now + tick);
  wheel.arm(*destroyed, now + tick);
  disarmed.due.disarm();
  BOOST_TEST(!disarmed.due.armed());
  destroyed.reset();
  advance(2 * round_ticks * tick);
  BOOST_TEST(disarmed.expiries == 0);
  BOOST_TEST(expiries == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_may_disarm_what_is_due_at_the_same_time) {
  std::vector<std::unique_ptr<deadline>> all;
  int expiries = 0;
  // Whichever comes first disarms all others.
  for (int i = 0; i < 3; ++i)
    all.push_back(std::make_unique<deadline>([&] {
      ++expiries;
      for (auto& other : all)
        other->disarm();
    }));
  wheel.arm(*all[0], now + tick);
  wheel.arm(*all[1], now + tick);
  wheel.arm(*all[2], now + 2 * tick);
  advance(2 * tick);
  BOOST_TEST(expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_destroy_what_is_due_at_the_same_time) {
  std::unique_ptr<deadline> first;
  std::unique_ptr<deadline> second;
  int expiries = 0;
  first = std::make_unique<deadline>([&] {
    ++expiries;
    second.reset();
  });
  second = std::make_unique<deadline>([&] { ++expiries; });
  wheel.arm(*first, now + tick);
  wheel.arm(*second, now + 2 * tick);
  advance(2 * tick);
  BOOST_TEST(expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_arm_its_own_deadline_again) {
  int expiries = 0;
  deadline periodic{[&] {
    ++expiries;
    wheel.arm(periodic, now + tick);
  }};
  wheel.arm(periodic, now + tick);
  for (int i = 1; i <= 5; ++i) {
    advance(tick);
    BOOST_TEST(expiries == i);
  }
  BOOST_TEST(periodic.armed());
}

BOOST_AUTO_TEST_CASE(what_a_callback_arms_for_now_waits_for_the_next_tick) {
  counted x;
  deadline arming{[&] { wheel.arm(x.due, now); }};
  wheel.arm(arming, now + tick);
  advance(tick);
  BOOST_TEST(x.expiries == 0);
  BOOST_TEST((wheel.next_wake() == now + tick));
  advance(tick);
  BOOST_TEST(x.expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_long_gap_expires_all_that_is_due_and_nothing_else) {
  std::vector<std::unique_ptr<counted>> due;
  std::vector<std::unique_ptr<counted>> not_due;
  auto gap = (5 * round_ticks + 3) * tick;
  auto add = [&](auto& to, clock_type::duration delay) {
    to.push_back(std::make_unique<counted>());
    wheel.arm(to.back()->due, now + delay);
  };
  for (auto delay = tick; delay <= gap; delay += 511 * tick)
    add(due, delay);
  add(due, gap);
  for (auto more = tick; more < 3 * round_ticks * tick; more += 511 * tick)
    add(not_due, gap + more);
  advance(gap);
  for (auto& x : due)
    BOOST_TEST(x->expiries == 1);
  for (auto& x : not_due)
    BOOST_TEST(x->expiries == 0);
}

BOOST_AUTO_TEST_CASE(next_wake_is_never_when_nothing_is_armed) {
  counted x;
  BOOST_TEST((wheel.next_wake() == clock_type::time_point::max()));
  wheel.arm(x.due, now + 3 * tick);
  BOOST_TEST((wheel.next_wake() == now + 3 * tick));
  advance(3 * tick);
  BOOST_TEST((wheel.next_wake() == clock_type::time_point::max()));
}

BOOST_AUTO_TEST_CASE(waking_at_next_wake_only_is_in_time_for_everything) {
  std::mt19937 random{20'240'601};
  std::uniform_int_distribution<int> delay_us{1, 30'000'000};
  struct timed {
    clock_type::time_point due;
    clock_type::time_point expired_at;
    std::unique_ptr<deadline> which;
  };
  std::vector<timed> all(500);
  for (auto& x : all) {
    x.due = start + std::chrono::microseconds{delay_us(random)};
    x.which = std::make_unique<deadline>([&] { x.expired_at = now; });
    wheel.arm(*x.which, x.due);
  }
  int wakes = 0;
  while (wheel.next_wake() != clock_type::time_point::max()) {
    BOOST_REQUIRE((wheel.next_wake() > now));
    advance(wheel.next_wake() - now);
    ++wakes;
  }
  for (auto& x : all) {
    BOOST_TEST((x.expired_at >= x.due));
    BOOST_TEST((x.expired_at < x.due + tick));
  }
  // Too early at most once a round for each deadline.
  BOOST_TEST(wakes <= 4 * 500);
}

BOOST_AUTO_TEST_CASE(behaves_like_a_sorted_map_under_random_use) {
  std::mt19937 random{4711};
  auto any_of = [&](int least, int most) {
    return std::uniform_int_distribution<int>{least, most}(random);
  };
  constexpr std::size_t count = 64;
  std::multimap<clock_type::time_point, std::size_t> model;
  std::vector<std::unique_ptr<deadline>> deadlines;
  std::vector<std::size_t> expired;
  auto forget = [&](std::size_t which) {
    std::erase_if(model, [&](auto& entry) { return entry.second == which; });
  };
  for (std::size_t i = 0; i < count; ++i)
    deadlines.push_back(
        std::make_unique<deadline>([&expired, i] { expired.push_back(i); }));
  for (int step = 0; step < 20'000; ++step) {
    auto which = static_cast<std::size_t>(any_of(0, count - 1));
    switch (any_of(0, 3)) {
    case 0:
    case 1: {
      auto longest = any_of(0, 9) == 0 ? 40'000'000 : 500'000;
      auto due = now + std::chrono::microseconds{any_of(0, longest)};
      forget(which);
      wheel.arm(*deadlines[which], due);
      model.emplace(due, which);
      break;
    }
    case 2:
      forget(which);
      deadlines[which]->disarm();
      break;
    default:
      expired.clear();
      advance(std::chrono::microseconds{
          any_of(0, any_of(0, 99) == 0 ? 60'000'000 : 300'000)});
      for (auto id : expired) {
        auto entry = std::find_if(
            model.begin(), model.end(),
            [&](const auto& candidate) { return candidate.second == id; });
        BOOST_REQUIRE_MESSAGE(entry != model.end(), "expired, not armed");
        BOOST_REQUIRE_MESSAGE(entry->first <= now, "expired early");
        model.erase(entry);
      }
      if (!model.empty())
        BOOST_REQUIRE_MESSAGE(model.begin()->first + tick > now, "late");
      break;
    }
    if (!model.empty())
      BOOST_REQUIRE_MESSAGE(wheel.next_wake() <= model.begin()->first + tick,
                            "next_wake is too late");
  }
  BOOST_TEST(!model.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace timing_wheel_suite
