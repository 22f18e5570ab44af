#include "stagedoor/actors/models/list_links.hpp"

#include "stagedoor/protocol/query.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace list_links_suite {

using namespace stagedoor;

namespace {

const fields none;

} // namespace

BOOST_AUTO_TEST_SUITE(list_links)

BOOST_AUTO_TEST_CASE(a_link_without_a_query_is_the_route) {
  BOOST_TEST(link_to("posts/", none, {}) == "posts/");
  BOOST_TEST(link_to("", none, {}) == "");
  // The query of the route is the one that it is told.
  BOOST_TEST(link_to("posts/?page=2", none, {}) == "posts/");
  BOOST_TEST(link_to("posts/?a?b", {{"c", "?"}}, {}) == "posts/?c=%3F");
}

BOOST_AUTO_TEST_CASE(values_are_set_replaced_and_taken_away) {
  const fields query{{"x", "1"}, {"page", "2"}, {"a", "b"}};
  BOOST_TEST(link_to("p/", query, {{"page", "3"}}) == "p/?a=b&page=3&x=1");
  BOOST_TEST(link_to("p/", query, {{"page", std::nullopt}}) == "p/?a=b&x=1");
  BOOST_TEST(link_to("p/", query, {{"limit", "5"}})
             == "p/?a=b&limit=5&page=2&x=1");
  BOOST_TEST(link_to("p/", query, {{"limit", "5"}, {"page", std::nullopt}})
             == "p/?a=b&limit=5&x=1");
  BOOST_TEST(link_to("p/", query, {{"none", std::nullopt}})
             == "p/?a=b&page=2&x=1");
  BOOST_TEST(link_to("p/", {{"page", "2"}}, {{"page", std::nullopt}}) == "p/");
}

BOOST_AUTO_TEST_CASE(names_are_sorted_and_the_values_of_one_name_are_not) {
  BOOST_TEST(link_to("p/", {{"b", "2"}, {"a", "9"}, {"b", "1"}, {"", "0"}}, {})
             == "p/?=0&a=9&b=2&b=1");
  // All of them are replaced.
  BOOST_TEST(link_to("p/", {{"b", "2"}, {"b", "1"}}, {{"b", "3"}}) == "p/?b=3");
}

BOOST_AUTO_TEST_CASE(what_has_a_meaning_in_a_query_is_escaped) {
  BOOST_TEST(link_to("p/", {{"a b&", "c=d+e%#/?"}}, {})
             == "p/?a+b%26=c%3Dd%2Be%25%23%2F%3F");
  BOOST_TEST(link_to("p/", {{"-._~", "AZaz09"}}, {}) == "p/?-._~=AZaz09");
  BOOST_TEST(link_to("p/", {{"\u00e9", std::string("\0\x7f\n", 3)}}, {})
             == "p/?%C3%A9=%00%7F%0A");
  BOOST_TEST(link_to("p/", {{"cursor", "-_=="}}, {}) == "p/?cursor=-_%3D%3D");
}

BOOST_AUTO_TEST_CASE(what_a_link_says_is_what_is_read_from_it) {
  std::string bytes;
  for (int c = 0; c < 128; ++c)
    bytes += static_cast<char>(c);
  const fields query{{"", ""}, {bytes, bytes}, {"\u20ac", "\U0001f600"}};
  const auto link = link_to("p/", query, {});
  BOOST_TEST((decode_query(link.substr(3)) == query));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace list_links_suite
