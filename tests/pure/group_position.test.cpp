#include "stagedoor/protocol/group_position.hpp"

#include "stagedoor/protocol/envelope.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace group_position_suite {

using namespace stagedoor;

namespace {

std::string text_of(const event& told) {
  std::string result;
  BOOST_TEST(append_event(result, told));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(group_position)

BOOST_AUTO_TEST_CASE(an_epoch_has_sixteen_digits) {
  BOOST_TEST(epoch_text(0) == "0000000000000000");
  BOOST_TEST(epoch_text(0xab12) == "000000000000ab12");
  BOOST_TEST(epoch_text(UINT64_MAX) == "ffffffffffffffff");
  for (const auto epoch : {std::uint64_t{1}, std::uint64_t{0xab12}, UINT64_MAX})
    BOOST_TEST(read_epoch(epoch_text(epoch)) == epoch);
}

BOOST_AUTO_TEST_CASE(any_other_text_is_no_epoch) {
  for (const auto* text :
       {"", "1", "000000000000ab1", "000000000000AB12", "000000000000ab12 ",
        "-00000000000ab12", "0x0000000000ab12", "000000000000ab1g",
        "1000000000000ab12", "\xff"})
    BOOST_TEST(read_epoch(text) == 0u, text);
}

BOOST_AUTO_TEST_CASE(each_new_epoch_is_another_one) {
  std::set<std::uint64_t> known{0};
  for (int i = 0; i < 1000; ++i)
    BOOST_TEST(known.insert(new_epoch()).second);
}

BOOST_AUTO_TEST_CASE(the_events_about_positions) {
  BOOST_TEST(text_of(position_event("room.a", {0xab12, 17}))
             == R"({"type":"group.position","data":{"group":"room.a",)"
                R"("epoch":"000000000000ab12","offset":17},"status":200})");
  BOOST_TEST(text_of(lost_event("room.a", 17, 26))
             == R"({"type":"group.lost","data":{"group":"room.a","after":17,)"
                R"("next":26},"status":200})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_position_suite
