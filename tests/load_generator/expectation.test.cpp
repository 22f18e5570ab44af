#include "load/expectation.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace expectation_suite {

// Which replies the load generator counts as wrong.

namespace load = stagedoor::load;

namespace {

/// Whether a reply is one of this status.
bool is(std::string_view status, std::string_view reply) {
  auto what = load::parse_expectation(status, {});
  BOOST_REQUIRE(what);
  return what->met_by(reply);
}

} // namespace

BOOST_AUTO_TEST_SUITE(expectation)

BOOST_AUTO_TEST_CASE(takes_a_status_or_echo_or_any) {
  for (auto* text : {"100", "200", "404", "599", "echo", "any"})
    BOOST_TEST(load::parse_expectation(text, {}).has_value(), text);
  for (auto* text : {"", "20", "2000", "099", "600", "2x0", "Echo", "200 "})
    BOOST_TEST(!load::parse_expectation(text, {}).has_value(), text);
}

BOOST_AUTO_TEST_CASE(reads_the_status_of_an_envelope) {
  BOOST_TEST(is("200", R"({"errors":[],"data":null,"status":200})"));
  BOOST_TEST(is("200", R"({"status":200,"request_id":7})"));
  BOOST_TEST(!is("200", R"({"errors":[],"data":null,"status":403})"));
  BOOST_TEST(!is("200", R"({"status":2000})"));
  BOOST_TEST(!is("200", R"({"status":20)"));
  BOOST_TEST(!is("200", R"({"status":)"));
  BOOST_TEST(!is("200", "200"));
  BOOST_TEST(!is("200", ""));
}

BOOST_AUTO_TEST_CASE(tolerates_blanks_behind_the_colon) {
  BOOST_TEST(is("200", R"({"errors": [], "data": null, "status": 200})"));
  BOOST_TEST(is("404", R"({"status":  404 })"));
}

BOOST_AUTO_TEST_CASE(is_not_deceived_by_a_status_in_the_data) {
  BOOST_TEST(!is("200", R"({"data":{"status":200},"status":500})"));
  BOOST_TEST(is("500", R"({"data":{"status":200},"status":500})"));
  // Nor by one inside a string.
  BOOST_TEST(is("500", R"({"status":500,"request_id":"\"status\":200"})"));
}

BOOST_AUTO_TEST_CASE(knows_an_echo) {
  const std::string message = R"({"action":"x"})";
  auto echo = load::parse_expectation("echo", message);
  BOOST_REQUIRE(echo);
  BOOST_TEST(echo->met_by(message));
  BOOST_TEST(!echo->met_by(message + " "));
  BOOST_TEST(!echo->met_by(""));
}

BOOST_AUTO_TEST_CASE(lets_anything_pass_when_told_to) {
  BOOST_TEST(load::expectation{}.met_by(""));
  BOOST_TEST(is("any", "anything"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace expectation_suite
