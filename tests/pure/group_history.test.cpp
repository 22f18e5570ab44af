#include "stagedoor/actors/groups/group_history.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace group_history_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

const group_history::time_point start{};

constexpr history wide{1'000'000, 1 << 30, 1h};

std::string all_of(const group_history& from, std::uint64_t after) {
  std::string result;
  for (const auto& text : from.read(after, 1 << 30))
    result += text + ' ';
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(group_history)

BOOST_AUTO_TEST_CASE(events_are_numbered_from_one) {
  stagedoor::group_history subject{wide};
  BOOST_TEST(subject.last() == 0u);
  BOOST_TEST(subject.first() == 1u);
  BOOST_TEST(subject.read(0, 100).empty());
  subject.add("a", start);
  subject.add("bc", start);
  BOOST_TEST(subject.last() == 2u);
  BOOST_TEST(subject.first() == 1u);
  BOOST_TEST(subject.bytes() == 3u);
  BOOST_TEST(all_of(subject, 0) == "a bc ");
  BOOST_TEST(all_of(subject, 1) == "bc ");
  BOOST_TEST(all_of(subject, 2).empty());
}

BOOST_AUTO_TEST_CASE(the_oldest_event_makes_room) {
  stagedoor::group_history subject{{2, 100, 1h}};
  for (const auto* text : {"a", "b"})
    subject.add(text, start);
  BOOST_TEST(subject.first() == 1u);
  subject.add("c", start);
  BOOST_TEST(subject.first() == 2u);
  BOOST_TEST(subject.last() == 3u);
  BOOST_TEST(all_of(subject, 1) == "b c ");
}

BOOST_AUTO_TEST_CASE(bytes_are_bounded) {
  stagedoor::group_history subject{{100, 4, 1h}};
  subject.add("ab", start);
  subject.add("cd", start);
  BOOST_TEST(all_of(subject, 0) == "ab cd ");
  subject.add("e", start);
  BOOST_TEST(all_of(subject, 1) == "cd e ");
  BOOST_TEST(subject.bytes() == 3u);
  subject.add("fghij", start); // One byte more than there is room for.
  BOOST_TEST(subject.last() == 4u);
  BOOST_TEST(subject.first() == 5u);
  BOOST_TEST(subject.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(events_age) {
  stagedoor::group_history subject{{100, 100, 10s}};
  subject.add("a", start);
  subject.add("b", start + 5s);
  subject.drop_old(start + 10s);
  BOOST_TEST(subject.first() == 1u);
  subject.drop_old(start + 10s + 1ms);
  BOOST_TEST(subject.first() == 2u);
  subject.add("c", start + 20s);
  BOOST_TEST(all_of(subject, 2) == "c ");
  BOOST_TEST(subject.first() == 3u);
}

BOOST_AUTO_TEST_CASE(a_page_ends_when_it_is_full) {
  stagedoor::group_history subject{wide};
  for (const auto* text : {"ab", "cd", "ef"})
    subject.add(text, start);
  BOOST_TEST(subject.read(0, 1).size() == 1u);
  BOOST_TEST(subject.read(0, 2).size() == 1u);
  BOOST_TEST(subject.read(0, 3).size() == 2u);
  BOOST_TEST(subject.read(2, 1).front() == "ef");
}

// Many blocks, and events that are larger than one.
BOOST_AUTO_TEST_CASE(blocks_come_and_go) {
  stagedoor::group_history subject{{500, 1 << 30, 1h}};
  std::vector<std::string> all;
  for (std::size_t i = 0; i < 3000; ++i) {
    all.push_back(std::to_string(i)
                  + std::string(i % 97 == 0 ? 9000 : i % 61, 'x'));
    subject.add(all.back(), start + std::chrono::milliseconds{i});
    if (i % 250 != 0)
      continue;
    std::uint64_t after = subject.first() - 1;
    while (after < subject.last())
      for (const auto& text : subject.read(after, 700)) {
        BOOST_REQUIRE(text == all[after]);
        ++after;
      }
  }
  BOOST_TEST(subject.first() == 2501u);
  const auto before = subject.first();
  subject.drop_block();
  BOOST_TEST(subject.first() > before);
  while (subject.bytes() > 0)
    subject.drop_block();
  subject.drop_block();
  BOOST_TEST(subject.first() == 3001u);
  subject.add("next", start + 2h);
  BOOST_TEST(all_of(subject, 3000) == "next ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_history_suite
