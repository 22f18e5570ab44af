#include "stagedoor/protocol/json/lone_surrogates.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>
#include <vector>

namespace lone_surrogates_suite {

using namespace stagedoor;

namespace {

using places = std::vector<std::size_t>;

void check(std::string_view text, const places& expected) {
  BOOST_TEST(find_lone_surrogates(text) == expected,
             boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(lone_surrogates)

BOOST_AUTO_TEST_CASE(finds_each_half_that_stands_alone) {
  check(R"("\ud83d")", {1});
  check(R"("\uDE00")", {1});
  check(R"("\uD800\uDBFF\udc00\uDFFF")", {1, 19});
  check(R"("ab\ud83dcd\ude00")", {3, 11});
  check(R"(["a","\ud83d",0,"\"\ude00"])", {6, 19});
  check(R"("\ud83d\)", {1});
}

BOOST_AUTO_TEST_CASE(leaves_pairs_and_other_escapes_alone) {
  check("", {});
  check(R"("\ud83d\ude00")", {});
  check(R"("\ud7ff\ue000\n\"\u0041")", {});
  // A backslash before it takes its meaning.
  check(R"("\\ud83d")", {});
  check(R"("\\\ud83d")", {3});
  check(R"("\ud83d\\ude00")", {1});
  // No escapes: the parser refuses them.
  check(R"("\ud83" "\ud8" "\ug83d" "\u+83d")", {});
  check(R"(\)", {});
  check(R"(\ud83)", {});
}

BOOST_AUTO_TEST_CASE(leaves_what_stands_in_no_text_alone) {
  check(R"(\ud83d)", {});
  check(R"({"a":1.5\ud83d})", {});
  check(R"({"\ud83d":"\\"\ud83d})", {2});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace lone_surrogates_suite
