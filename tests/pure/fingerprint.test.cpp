#include "stagedoor/protocol/fingerprint.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace fingerprint_suite {

using namespace stagedoor;

namespace {

std::string print_of(std::string_view payload) {
  const auto decoded = decode_message(payload, frame_type::text, {});
  BOOST_TEST_REQUIRE((decoded.error == errc::none));
  return fingerprint_of(decoded.message);
}

/// The same message with these arguments.
std::string with(std::string_view arguments) {
  return print_of(R"({"action":"a","route":"r/",)" + std::string(arguments)
                  + "}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(fingerprint)

BOOST_AUTO_TEST_CASE(control_keys_beside_route_and_action_do_not_count) {
  const auto plain = print_of(R"({"action":"a","route":"r/","x":1})");
  BOOST_TEST(plain.size() == 32U);
  BOOST_TEST(plain
             == print_of(R"({"once_age":5,"x":1,"once":"k","request_id":7,)"
                         R"("route":"r/","action":"a"})"));
  BOOST_TEST(plain != print_of(R"({"action":"b","route":"r/","x":1})"));
  BOOST_TEST(plain != print_of(R"({"action":"a","route":"r/?y=1","x":1})"));
  BOOST_TEST(plain != print_of(R"({"action":"a","route":"r/","x":2})"));
  BOOST_TEST(plain != print_of(R"({"action":"a","route":"r/"})"));
}

BOOST_AUTO_TEST_CASE(the_order_of_keys_does_not_count_and_that_of_lists_does) {
  BOOST_TEST(with(R"("x":{"a":1,"b":[1,2]},"y":null)")
             == with(R"("y":null,"x":{"b":[1,2],"a":1})"));
  BOOST_TEST(with(R"("x":[1,2])") != with(R"("x":[2,1])"));
}

BOOST_AUTO_TEST_CASE(numbers_count_by_their_values) {
  for (const auto* same : {"1.0", "1e0", "10E-1", "1.00"})
    BOOST_TEST(with(R"("x":1)") == with(R"("x":)" + std::string(same)));
  BOOST_TEST(with(R"("x":-3)") == with(R"("x":-3.0)"));
  BOOST_TEST(with(R"("x":0)") == with(R"("x":-0.0)"));
  BOOST_TEST(with(R"("x":1e19)") == with(R"("x":10000000000000000000)"));
  BOOST_TEST(with(R"("x":1)") != with(R"("x":1.5)"));
  BOOST_TEST(with(R"("x":1)") != with(R"("x":-1)"));
  BOOST_TEST(with(R"("x":0)") != with(R"("x":-1)"));
  BOOST_TEST(with(R"("x":9007199254740993)")
             != with(R"("x":9007199254740992)"));
  BOOST_TEST(with(R"("x":1e300)") != with(R"("x":1e301)"));
}

BOOST_AUTO_TEST_CASE(values_of_different_types_are_different) {
  const std::string_view values[] = {"null", "true", "false", "0",     "1",
                                     "0.5",  "\"\"", "[]",    "{}",    "\"1\"",
                                     "[1]",  "[[]]", "[{}]",  "[null]"};
  for (const auto& one : values)
    for (const auto& other : values)
      BOOST_TEST((with(R"("x":)" + std::string(one))
                  == with(R"("x":)" + std::string(other)))
                     == (one == other),
                 one << " and " << other);
}

BOOST_AUTO_TEST_CASE(texts_count_as_they_are_meant) {
  BOOST_TEST(with(R"("x":"\u0041/")") == with(R"("x":"A\/")"));
  // No two parts run into each other.
  BOOST_TEST(with(R"("ab":"c")") != with(R"("a":"bc")"));
  BOOST_TEST(with(R"("x":["a","b"])") != with(R"("x":["ab"])"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace fingerprint_suite
