#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field.hpp"
#include "stagedoor/protocol/model/object_description.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace model_field_suite {

// What the tables of tests/oracle/ do not say: the fields' own additions, and
// each limit hit exactly and by one more.

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

/// What becomes of JSON text: the canonical value as JSON, or the errors behind
/// an exclamation mark.
std::string outcome(const field& rules, std::string_view input,
                    const validation_context& context = {}) {
  const auto value = parse_json(input, wire_depth_max);
  BOOST_REQUIRE(value);
  const auto result = rules.validate(&*value, context);
  BOOST_REQUIRE(!result.is_absent());
  return (result.is_valid() ? "" : "!") + to_json(result.content);
}

bool is_taken(const field& rules, const std::string& text) {
  return outcome(rules, to_json_string(text))[0] != '!';
}

std::string times(std::size_t count, std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

constexpr const char* too_long = R"(!["String value too large."])";

} // namespace

BOOST_AUTO_TEST_SUITE(model_field)

BOOST_AUTO_TEST_CASE(an_integer_has_the_bounds_of_its_width) {
  const auto check = [](integer_width width, const std::string& least,
                        const std::string& below, const std::string& most,
                        const std::string& above) {
    const auto rules = field::integer(width);
    BOOST_TEST(outcome(rules, least) == least);
    BOOST_TEST(outcome(rules, most) == most);
    BOOST_TEST(outcome(rules, below)
               == "![\"Ensure this value is greater than or equal to " + least
                      + ".\"]");
    BOOST_TEST(outcome(rules, above)
               == "![\"Ensure this value is less than or equal to " + most
                      + ".\"]");
  };
  check(integer_width::int16, "-32768", "-32769", "32767", "32768");
  check(integer_width::int32, "-2147483648", "-2147483649", "2147483647",
        "2147483648");
  check(integer_width::int64, "-9223372036854775808", "-9223372036854775809",
        "9223372036854775807", "9223372036854775808");
  check(integer_width::uint16, "0", "-1", "65535", "65536");
  check(integer_width::uint32, "0", "-1", "4294967295", "4294967296");
  check(integer_width::uint64, "0", "-1", "18446744073709551615",
        "18446744073709551616");
  check(integer_width::any, "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616");
}

BOOST_AUTO_TEST_CASE(an_integer_in_a_text_has_the_same_bounds) {
  BOOST_TEST(outcome(field::integer(), R"("18446744073709551615")")
             == "18446744073709551615");
  BOOST_TEST(outcome(field::integer(), R"("18446744073709551616")")
             == "![\"Ensure this value is less than or equal to "
                "18446744073709551615.\"]");
  BOOST_TEST(
      outcome(field::integer().between(1, 5), R"("99999999999999999999")")
      == R"(!["Ensure this value is less than or equal to 5."])");
}

BOOST_AUTO_TEST_CASE(a_number_in_a_text_has_a_thousand_characters) {
  const auto longest = times(999, "0") + "7";
  BOOST_TEST(outcome(field::integer(), to_json_string(longest)) == "7");
  BOOST_TEST(outcome(field::integer(), to_json_string("0" + longest))
             == too_long);
  BOOST_TEST(outcome(field::floating(), to_json_string(longest)) == "7");
  BOOST_TEST(outcome(field::floating(), to_json_string("0" + longest))
             == too_long);
  BOOST_TEST(outcome(field::decimal(2, 0), to_json_string(longest))
             == R"("7")");
  BOOST_TEST(outcome(field::decimal(2, 0), to_json_string("0" + longest))
             == too_long);
}

BOOST_AUTO_TEST_CASE(a_decimal_without_bounds_has_a_thousand_digits) {
  static_assert(decimal::digits_max == 1000);
  const auto free = field::decimal({}, {});
  BOOST_TEST(is_taken(free, "1e999"));
  BOOST_TEST(is_taken(free, "1e-1000"));
  const auto* const error =
      R"(!["Ensure that there are no more than 1000 digits in total."])";
  BOOST_TEST(outcome(free, R"("1e1000")") == error);
  BOOST_TEST(outcome(free, R"("1e-1001")") == error);
  BOOST_TEST(outcome(free, R"("1e99999999999999999999")") == error);
}

BOOST_AUTO_TEST_CASE(a_decimal_with_places_only_has_28_digits) {
  const auto rules = field::decimal({}, 2);
  BOOST_TEST(is_taken(rules, times(26, "9")));
  BOOST_TEST(
      outcome(rules, to_json_string(times(27, "9")))
      == R"(!["Ensure that there are no more than 28 digits in total."])");
}

BOOST_AUTO_TEST_CASE(a_decimal_keeps_digits_that_a_double_would_lose) {
  BOOST_TEST(
      outcome(field::decimal(30, 10), R"("12345678901234567890.12345678")")
      == R"("12345678901234567890.1234567800")");
  // The parser has lost them already.
  BOOST_TEST(outcome(field::decimal(30, 0), "18446744073709551617")
             == R"(!["A valid number is required."])");
  BOOST_TEST(outcome(field::decimal(30, 0), "18446744073709551615")
             == R"("18446744073709551615")");
}

BOOST_AUTO_TEST_CASE(decimals_compare_by_value) {
  const auto number = [](std::string_view text) {
    return decimal::parse(text).value();
  };
  BOOST_TEST((number("1.0") == number("1.00")));
  BOOST_TEST((number("1e3") == number("1000.0")));
  BOOST_TEST((number("-0") == number("0.00")));
  BOOST_TEST((number("-2") < number("-1.99")));
  BOOST_TEST((number("-1") < number("0.001")));
  BOOST_TEST((number("9.9") < number("10")));
  BOOST_TEST((number("0.1") > number("0.09999")));
  BOOST_CHECK_THROW(field::decimal(2, 3), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(bounds_of_a_decimal_may_be_texts) {
  const auto rules = field::decimal(6, 2).between("0.50", "99.99");
  BOOST_TEST(outcome(rules, "0.5") == R"("0.50")");
  BOOST_TEST(outcome(rules, "0.49")
             == R"(!["Ensure this value is greater than or equal to 0.50."])");
  BOOST_TEST(outcome(rules, "100")
             == R"(!["Ensure this value is less than or equal to 99.99."])");
}

BOOST_AUTO_TEST_CASE(an_email_address_has_320_characters) {
  const auto host = "@" + times(4, times(49, "b") + ".") + "co";
  const auto address = times(320 - host.size(), "a") + host;
  BOOST_TEST(is_taken(field::email(), address));
  BOOST_TEST(!is_taken(field::email(), "a" + address));
}

BOOST_AUTO_TEST_CASE(a_label_of_a_host_has_63_characters) {
  BOOST_TEST(is_taken(field::email(), "a@" + times(63, "b") + ".co"));
  BOOST_TEST(!is_taken(field::email(), "a@" + times(64, "b") + ".co"));
  BOOST_TEST(is_taken(field::url(), "http://" + times(63, "b") + ".co"));
  BOOST_TEST(!is_taken(field::url(), "http://" + times(64, "b") + ".co"));
}

BOOST_AUTO_TEST_CASE(the_host_of_a_url_has_253_characters) {
  const auto host = times(5, times(49, "b") + ".") + "com";
  BOOST_REQUIRE(host.size() == 253u);
  BOOST_TEST(is_taken(field::url(), "http://" + host));
  BOOST_TEST(!is_taken(field::url(), "http://b" + host));
}

BOOST_AUTO_TEST_CASE(a_url_has_2048_characters) {
  const std::string start = "http://a.co/";
  const auto longest = start + times(2048 - start.size(), "x");
  BOOST_TEST(is_taken(field::url(), longest));
  BOOST_TEST(!is_taken(field::url(), longest + "x"));
}

BOOST_AUTO_TEST_CASE(a_duration_has_999999999_days) {
  const auto* const error =
      R"(!["The number of days must be between -999999999 and 999999999."])";
  BOOST_TEST(outcome(field::duration(), R"("999999999 23:59:59.999999")")
             == R"("999999999 23:59:59.999999")");
  BOOST_TEST(outcome(field::duration(), R"("999999999 24:00:00")") == error);
  BOOST_TEST(outcome(field::duration(), R"("-999999999 00:00:00")")
             == R"("-999999999 00:00:00")");
  BOOST_TEST(outcome(field::duration(), R"("-999999999 -00:00:01")") == error);
}

BOOST_AUTO_TEST_CASE(date_times_are_shown_in_the_zone_of_the_field) {
  const auto rules = field::date_time().in_zone(-90min);
  BOOST_TEST(outcome(rules, R"("2024-02-29T10:20:30.5")")
             == R"("2024-02-29T10:20:30.500000-01:30")");
  BOOST_TEST(outcome(rules, R"("2024-03-01T00:20:00Z")")
             == R"("2024-02-29T22:50:00-01:30")");
  BOOST_TEST(outcome(rules, R"("0001-01-01T00:00:00")")
             == R"("0001-01-01T00:00:00-01:30")");
  BOOST_TEST(outcome(rules, R"("0001-01-01T01:00:00Z")")
             == R"(!["Datetime value out of range."])");
}

BOOST_AUTO_TEST_CASE(a_uuid_is_shown_in_each_of_its_forms) {
  const std::string digits = R"("000000000000000000000000000000FF")";
  BOOST_TEST(outcome(field::uuid().shown_as(uuid_form::urn), digits)
             == R"("urn:uuid:00000000-0000-0000-0000-0000000000ff")");
  BOOST_TEST(outcome(field::uuid().shown_as(uuid_form::digits), digits)
             == R"("000000000000000000000000000000ff")");
  BOOST_TEST(outcome(field::uuid().shown_as(uuid_form::integer), digits)
             == "255");
  BOOST_TEST(outcome(field::uuid().shown_as(uuid_form::integer),
                     R"("ffffffffffffffffffffffffffffffff")")
             == R"("340282366920938463463374607431768211455")");
}

BOOST_AUTO_TEST_CASE(own_rules_come_before_those_of_the_kind) {
  const auto rules =
      field::text().length_max(2).check([](const json::value& text) {
        return text == json::value("abc") ? "Not that one." : "";
      });
  BOOST_TEST(outcome(rules, R"("abc")")
             == R"(!["Not that one.","Ensure this field has no more than 2 )"
                R"(characters."])");
  BOOST_TEST(outcome(rules, R"("ab")") == R"("ab")");
}

BOOST_AUTO_TEST_CASE(a_pattern_that_does_not_compile_is_a_mistake) {
  BOOST_CHECK_THROW(field::regex("("), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(asks_for_the_rows_of_references) {
  std::vector<std::string> asked;
  const validation_context context{.exists = [&](std::string_view model,
                                                 std::string_view by,
                                                 const json::value& key) {
    asked.push_back(std::string(model) + '.' + std::string(by) + '='
                    + to_json(key));
    return key != json::value(9);
  }};
  const auto author = field::reference("author");
  BOOST_TEST(outcome(author, R"(" 7 ")", context) == "7");
  BOOST_TEST(outcome(author, "9", context)
             == R"(!["Invalid pk \"9\" - object does not exist."])");
  BOOST_TEST(outcome(author, "2.5", context)
             == R"(!["Invalid pk \"2.5\" - object does not exist."])");
  BOOST_TEST(outcome(field::reference("tag", key_type::text).by("label"),
                     R"("red")", context)
             == R"("red")");
  BOOST_TEST(outcome(author.many(), "[1,9,\"x\"]", context)
             == R"(!["Invalid pk \"9\" - object does not exist."])");
  const std::vector<std::string> expected = {"author.pk=7", "author.pk=9",
                                             R"(tag.label="red")",
                                             "author.pk=1", "author.pk=9"};
  BOOST_TEST(asked == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_field_with_one_more_rule_leaves_the_other_as_it_was) {
  const auto plain = field::text();
  const auto nullable = plain.nullable();
  BOOST_TEST(outcome(nullable, "null") == "null");
  BOOST_TEST(outcome(plain, "null") == R"(!["This field may not be null."])");
}

BOOST_AUTO_TEST_CASE(a_partial_update_takes_no_defaults) {
  const auto rules = field::integer().by_default(3);
  BOOST_TEST(to_json(rules.validate(nullptr).content) == "3");
  BOOST_TEST(rules.validate(nullptr, {.partial = true}).is_absent());
  BOOST_TEST(field::integer().validate(nullptr, {.partial = true}).is_absent());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_field_suite
