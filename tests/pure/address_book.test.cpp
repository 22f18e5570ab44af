#include "stagedoor/actors/cluster/address_book.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace address_book_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

using milliseconds = std::chrono::milliseconds;
using limits_of_book = stagedoor::cluster_limits;

/// A try that the book has scheduled.
struct scheduled_try {
  std::string address;
  std::uint64_t attempt;
  milliseconds delay;
};

/// The book of the node at m:4500.
struct fixture {
  fixture() { book.listens_at("m:4500"); }

  bool learn(const std::string& address, bool is_seed = false) {
    return book.learn(*node_address::parse(address), is_seed, now);
  }

  /// The entry of an address that the book knows.
  stagedoor::address_book::entry& at(const std::string& address) {
    BOOST_REQUIRE(book.find(address) != nullptr);
    return *book.find(address);
  }

  /// Checks that the bound of the delay of x:1 doubles up to `most`.
  void check_delays(milliseconds most) {
    milliseconds longest{0};
    for (std::size_t i = 0; i < 200; ++i) {
      book.try_again(at("x:1"), false);
      const auto bound = std::min<milliseconds>(
          limits_of_book::backoff_min * (1U << std::min<std::size_t>(i, 8)),
          most);
      BOOST_TEST((tries.back().delay <= bound));
      longest = std::max(longest, tries.back().delay);
    }
    BOOST_TEST((longest > most / 2));
  }

  std::vector<scheduled_try> tries;
  stagedoor::address_book book{
      [this](const stagedoor::address_book::entry& target, milliseconds delay) {
        tries.push_back({target.address, target.attempt, delay});
      }};
  stagedoor::address_book::clock::time_point now{1h};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(address_book, fixture)

// -- which addresses there are ------------------------------------------------

BOOST_AUTO_TEST_CASE(an_address_that_is_learnt_is_tried) {
  BOOST_TEST(learn("x:1", true));
  BOOST_REQUIRE(tries.size() == 1u);
  BOOST_TEST(tries[0].address == "x:1");
  BOOST_TEST(tries[0].attempt == at("x:1").attempt);
  BOOST_TEST(at("x:1").parts.host == "x");
  BOOST_TEST(at("x:1").parts.port == 1u);
  BOOST_TEST(at("x:1").is_seed);
}

BOOST_AUTO_TEST_CASE(an_address_is_learnt_once) {
  learn("x:1", true);
  BOOST_TEST(learn("x:1"));
  BOOST_TEST(tries.size() == 1u);
  BOOST_TEST(at("x:1").is_seed);
}

BOOST_AUTO_TEST_CASE(its_own_addresses_are_not_learnt) {
  BOOST_TEST(learn("m:4500"));
  BOOST_TEST(book.find("m:4500") == nullptr);
  learn("localhost:4500");
  book.exclude("localhost:4500");
  BOOST_TEST(book.find("localhost:4500") == nullptr);
  BOOST_TEST(learn("localhost:4500"));
  BOOST_TEST(book.find("localhost:4500") == nullptr);
}

BOOST_AUTO_TEST_CASE(addresses_max_are_learnt_and_no_more) {
  for (std::size_t i = 0; i < limits_of_book::addresses_max; ++i)
    BOOST_REQUIRE(learn("x:" + std::to_string(1000 + i)));
  BOOST_TEST(!learn("y:1"));
  BOOST_TEST(book.find("y:1") == nullptr);
  // What is known is no news.
  BOOST_TEST(learn("x:1000"));
  book.erase("x:1000");
  BOOST_TEST(learn("y:1"));
}

// -- when they are tried ------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_smaller_address_has_a_head_start) {
  for (int i = 0; i < 50; ++i) {
    learn("a:" + std::to_string(1000 + i));
    learn("z:" + std::to_string(1000 + i));
  }
  for (const auto& scheduled : tries)
    if (scheduled.address.starts_with('a'))
      BOOST_TEST((scheduled.delay >= limits_of_book::head_start));
    else
      BOOST_TEST((scheduled.delay <= limits_of_book::backoff_min));
}

BOOST_AUTO_TEST_CASE(the_bound_of_the_delay_doubles_up_to_backoff_max) {
  learn("x:1");
  book.reached(at("x:1"), "b");
  check_delays(limits_of_book::backoff_max);
}

BOOST_AUTO_TEST_CASE(an_address_that_never_answered_is_tried_less_often) {
  learn("x:1");
  check_delays(limits_of_book::backoff_unknown_max);
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_looked_for_as_often_as_before) {
  learn("x:1");
  for (int i = 0; i < 20; ++i)
    book.try_again(at("x:1"), false);
  book.reached(at("x:1"), "b");
  book.look_for("x:1", "b", now);
  BOOST_TEST((tries.back().delay
              <= limits_of_book::head_start + limits_of_book::backoff_min));
  check_delays(limits_of_book::backoff_max);
}

BOOST_AUTO_TEST_CASE(a_node_that_refuses_is_tried_after_backoff_max) {
  learn("x:1");
  for (int i = 0; i < 20; ++i) {
    book.try_again(at("x:1"), true);
    BOOST_TEST((tries.back().delay >= limits_of_book::backoff_max));
  }
}

BOOST_AUTO_TEST_CASE(a_try_is_late_when_another_one_was_scheduled) {
  learn("x:1");
  const stagedoor::address_book::address_try first{"x:1", tries[0].attempt};
  BOOST_TEST(book.find_try(first) != nullptr);
  book.try_again(at("x:1"), false);
  BOOST_TEST(book.find_try(first) == nullptr);
  BOOST_TEST(book.find_try({"x:1", tries[1].attempt}) != nullptr);
  book.erase("x:1");
  BOOST_TEST(book.find_try({"x:1", tries[1].attempt}) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_address_where_a_node_answers_needs_no_try) {
  learn("x:1");
  book.try_again(at("x:1"), false);
  const auto scheduled = tries.size();
  book.reached(at("x:1"), "b");
  BOOST_TEST(book.find_try({"x:1", tries.back().attempt}) == nullptr);
  BOOST_TEST(tries.size() == scheduled);
  BOOST_TEST(at("x:1").failures == 0u);
  BOOST_TEST(at("x:1").leads_to("elsewhere:1", "b"));
}

BOOST_AUTO_TEST_CASE(all_addresses_of_a_lost_node_are_tried) {
  learn("x:1");
  learn("y:1");
  learn("z:1");
  book.reached(at("x:1"), "b");
  tries.clear();
  now += 1h;
  book.look_for("y:1", "b", now);
  BOOST_REQUIRE(tries.size() == 2u);
  BOOST_TEST(tries[0].address == "x:1");
  BOOST_TEST(tries[1].address == "y:1");
  BOOST_TEST((at("x:1").last_seen == now));
}

BOOST_AUTO_TEST_CASE(an_address_that_was_only_heard_of_becomes_stale) {
  learn("x:1");
  learn("y:1", true);
  now += limits_of_book::forget_after;
  BOOST_TEST(!book.is_stale(at("x:1"), now));
  now += 1ms;
  BOOST_TEST(book.is_stale(at("x:1"), now));
  BOOST_TEST(!book.is_stale(at("y:1"), now)); // A seed stays.
}

// -- what is wrong with them --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_complaint_is_news_once) {
  BOOST_TEST(book.is_news("x:1", "a"));
  BOOST_TEST(!book.is_news("x:1", "a"));
  BOOST_TEST(book.is_news("y:1", "a"));
  BOOST_TEST(book.is_news("x:1", "b"));
  BOOST_TEST(book.is_news("x:1", "a"));
}

BOOST_AUTO_TEST_CASE(a_complaint_is_news_again_after_a_node_was_there) {
  learn("x:1");
  book.is_news("x:1", "a");
  book.reached(at("x:1"), "b");
  BOOST_TEST(book.is_news("x:1", "a"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace address_book_suite
