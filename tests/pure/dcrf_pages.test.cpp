#include "stagedoor/protocol/dialects/dcrf_pages.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace dcrf_pages_suite {

using namespace stagedoor;

namespace {

std::string next(std::string_view data, std::string_view route = "",
                 std::uint16_t status = 200) {
  return route_of_next_page(route,
                            {status, *parse_json(data, wire_depth_max), {}})
      .value_or("none");
}

std::string page(int count, int limit, int offset) {
  return R"({"count":)" + std::to_string(count) + R"(,"results":[],"limit":)"
         + std::to_string(limit) + R"(,"offset":)" + std::to_string(offset)
         + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(dcrf_pages)

BOOST_AUTO_TEST_CASE(the_next_page_begins_where_this_one_ends) {
  BOOST_TEST(next(page(9, 2, 0)) == "?limit=2&offset=2");
  BOOST_TEST(next(page(9, 3, 1), "books/") == "books/?limit=3&offset=4");
  BOOST_TEST(next(page(9, 2, 4), "books/?author=1&limit=2")
             == "books/?author=1&limit=2&limit=2&offset=6");
}

BOOST_AUTO_TEST_CASE(the_page_that_holds_the_last_row_is_the_last) {
  BOOST_TEST(next(page(9, 2, 6)) == "?limit=2&offset=8");
  BOOST_TEST(next(page(9, 2, 7)) == "none");
  BOOST_TEST(next(page(9, 2, 8)) == "none");
  BOOST_TEST(next(page(2, 2, 0)) == "none");
  BOOST_TEST(next(page(0, 2, 0)) == "none");
  BOOST_TEST(next(page(9, 2, 1000)) == "none");
}

BOOST_AUTO_TEST_CASE(what_is_no_page_has_no_next_one) {
  for (const auto* data :
       {"null", "[]", "7", "{}", R"({"count":9,"results":[],"limit":2})",
        R"({"count":9,"results":[],"limit":2,"offset":0,"next":null})",
        R"({"count":9,"result":[],"limit":2,"offset":0})",
        R"({"count":"9","results":[],"limit":2,"offset":0})",
        R"({"count":9.5,"results":[],"limit":2,"offset":0})"})
    BOOST_TEST(next(data) == "none", data);
  BOOST_TEST(next(page(9, 0, 0)) == "none");
  BOOST_TEST(next(page(9, -1, 0)) == "none");
  BOOST_TEST(next(page(9, 2, -2)) == "none");
  BOOST_TEST(next(page(9, 2, 0), "", 201) == "none");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_pages_suite
