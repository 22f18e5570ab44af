#include "stagedoor/protocol/query.hpp"

#include "stagedoor/protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace query_suite {

using namespace stagedoor;

namespace {

constexpr std::string_view digits = "0123456789ABCDEF";

/// The escape that stands for a byte.
std::string escape(int byte) {
  const auto value = static_cast<unsigned>(byte);
  return {'%', digits[value / 16], digits[value % 16]};
}

/// What the value of `/?x=<text>` becomes in a route.
std::string in_route(const std::string& text) {
  const auto query = query_of_route("?x=" + text);
  BOOST_REQUIRE(query.size() == 1u);
  BOOST_TEST(query[0].first == "x");
  return query[0].second;
}

} // namespace

BOOST_AUTO_TEST_SUITE(query)

BOOST_AUTO_TEST_CASE(names_and_values_come_in_their_order) {
  BOOST_TEST((decode_query("b=2&a=1&b=3")
              == fields{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
  BOOST_TEST(decode_query("").empty());
}

BOOST_AUTO_TEST_CASE(names_and_values_may_be_empty_and_pairs_may_not) {
  BOOST_TEST((decode_query("flag&empty=&=x&=")
              == fields{{"flag", ""}, {"empty", ""}, {"", "x"}, {"", ""}}));
  BOOST_TEST((decode_query("&a=1&&b=2&") == fields{{"a", "1"}, {"b", "2"}}));
  BOOST_TEST(decode_query("&").empty());
  BOOST_TEST(decode_query("&&&").empty());
}

BOOST_AUTO_TEST_CASE(only_the_first_equals_sign_of_a_pair_separates) {
  BOOST_TEST((decode_query("a=b=c&==") == fields{{"a", "b=c"}, {"", "="}}));
  // What is escaped separates nothing.
  BOOST_TEST((decode_query("a%3Db=c%26d") == fields{{"a=b", "c&d"}}));
}

BOOST_AUTO_TEST_CASE(a_plus_sign_is_a_blank_and_an_escaped_one_is_none) {
  BOOST_TEST((decode_query("a+b=+c%2Bd%2b%20") == fields{{"a b", " c+d+ "}}));
}

BOOST_AUTO_TEST_CASE(a_semicolon_does_not_separate) {
  BOOST_TEST((decode_query("a=1;b=2") == fields{{"a", "1;b=2"}}));
}

BOOST_AUTO_TEST_CASE(a_percent_sign_that_begins_no_escape_stands_for_itself) {
  BOOST_TEST((decode_query("a=%&b=100%&c=%4&d=%zz&e=%4g&f=%%41&%=%")
              == fields{{"a", "%"},
                        {"b", "100%"},
                        {"c", "%4"},
                        {"d", "%zz"},
                        {"e", "%4g"},
                        {"f", "%A"},
                        {"%", "%"}}));
  // What an escape stands for is not decoded again.
  BOOST_TEST((decode_query("a=%2541") == fields{{"a", "%41"}}));
}

BOOST_AUTO_TEST_CASE(an_escape_stands_for_any_byte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string expected(1, static_cast<char>(byte));
    BOOST_TEST(escaped_byte(escape(byte)) == byte);
    BOOST_TEST((decode_query(escape(byte) + '=' + escape(byte))
                == fields{{expected, expected}}));
  }
  for (const char* none : {"", "%", "%4", "%g0", "%0g", "41", " %41", "%+1"})
    BOOST_TEST(escaped_byte(none) == -1, none);
}

BOOST_AUTO_TEST_CASE(the_query_of_a_route_begins_behind_its_first_mark) {
  BOOST_TEST((query_of_route("posts/?page=2") == fields{{"page", "2"}}));
  BOOST_TEST(
      (query_of_route("?a=1?b=2&?c=?") == fields{{"a", "1?b=2"}, {"?c", "?"}}));
  BOOST_TEST((query_of_route("a=1&b=2?c=3") == fields{{"c", "3"}}));
  for (const char* none : {"", "posts/", "posts/?", "?", "a=1&b=2"})
    BOOST_TEST(query_of_route(none).empty(), none);
}

BOOST_AUTO_TEST_CASE(a_route_may_have_all_characters_as_they_are) {
  BOOST_TEST(in_route("\xC3\xA4 \"#<>\\^`{|}/") == "\xC3\xA4 \"#<>\\^`{|}/");
  BOOST_TEST(in_route(std::string("\0\n\x7F", 3))
             == std::string("\0\n\x7F", 3));
}

BOOST_AUTO_TEST_CASE(each_escaped_byte_of_a_route_is_ascii_or_mended) {
  for (int byte = 0; byte < 256; ++byte)
    BOOST_TEST(
        in_route(escape(byte))
        == (byte < 0x80 ? std::string(1, static_cast<char>(byte)) : "\uFFFD"));
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_in_a_route_is_mended) {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"%C3%A4", "\xC3\xA4"},
      {"caf%E9", "caf\uFFFD"},
      {"%E2%82", "\uFFFD"},
      {"%E2%82%AC", "\xE2\x82\xAC"},
      {"%E2%82\xE2\x82\xAC", "\uFFFD\xE2\x82\xAC"},
      {"\xE2\x82\xAC%AC", "\xE2\x82\xAC\uFFFD"},
      {"%ED%A0%BD", "\uFFFD\uFFFD\uFFFD"},
      {"%F0%9F%8E%AD", "\xF0\x9F\x8E\xAD"},
      {"%C0%80", "\uFFFD\uFFFD"}};
  for (const auto& [sent, mended] : rows)
    BOOST_TEST(in_route(sent) == mended, sent);
  // Names as well.
  BOOST_TEST((query_of_route("?%FF=1") == fields{{"\uFFFD", "1"}}));
}

BOOST_AUTO_TEST_CASE(routes_full_of_separators_have_few_values) {
  const auto size_of = [](std::string_view part) {
    std::string route = "?";
    while (route.size() + part.size() <= 1024)
      route += part;
    const auto query = query_of_route(route);
    for (const auto& [name, value] : query)
      BOOST_TEST((is_utf8(name) && is_utf8(value)));
    return query.size();
  };
  BOOST_TEST(size_of("&") == 0u);
  BOOST_TEST(size_of("=") == 1u);
  BOOST_TEST(size_of("%") == 1u);
  BOOST_TEST(size_of("?") == 1u);
  BOOST_TEST(size_of("=&") == 511u);
  BOOST_TEST(size_of("a&") == 511u);
  BOOST_TEST(size_of("%ff&") == 255u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace query_suite
