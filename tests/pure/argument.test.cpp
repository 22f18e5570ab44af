#include "stagedoor/protocol/argument.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <initializer_list>

namespace argument_suite {

using namespace stagedoor;

namespace {

constexpr std::string_view integer_required = "A valid integer is required.";
constexpr std::string_view number_required = "A valid number is required.";
constexpr std::string_view no_string = "Not a valid string.";
constexpr std::string_view no_boolean = "Must be a valid boolean.";

using texts_list = std::initializer_list<std::string_view>;

json::value parse(std::string_view text) {
  return parse_json(text, 8).value();
}

/// The converted value; the test fails where there is a text.
template <class T>
T convert(std::string_view text) {
  T out{};
  BOOST_TEST(convert_argument(parse(text), out) == "", text);
  return out;
}

/// Checks that each of the JSON texts is refused, and leaves `out` alone.
template <class T>
void check_refused(texts_list all, std::string_view expected) {
  for (auto text : all) {
    T out{};
    BOOST_TEST(convert_argument(parse(text), out) == expected, text);
    BOOST_TEST((out == T{}), text);
  }
}

request make_request(std::string_view body, fields captures = {},
                     std::string route = {}) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "go";
  data.message.head.route = std::move(route);
  data.message.arguments = parse(body).as_object();
  data.captures = std::move(captures);
  return request(std::move(data));
}

request with_query(const std::string& query) {
  return make_request("{}", {}, "posts/?" + query);
}

/// Takes one argument; the errors as JSON go to `errors`.
template <class Arg>
Arg take(const request& from, std::string& errors) {
  json::object texts;
  auto result = Arg::from(from, texts);
  errors = to_json(json::value(texts));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(argument)

BOOST_AUTO_TEST_CASE(takes_signed_integers_and_strings_that_spell_one) {
  BOOST_TEST(convert<std::int64_t>("0") == 0);
  BOOST_TEST(convert<std::int64_t>("-5") == -5);
  BOOST_TEST(convert<std::int64_t>("9223372036854775807") == INT64_MAX);
  BOOST_TEST(convert<std::int64_t>("-9223372036854775808") == INT64_MIN);
  BOOST_TEST(convert<std::int64_t>(R"("42")") == 42);
  BOOST_TEST(convert<std::int64_t>(R"("+42")") == 42);
  BOOST_TEST(convert<std::int64_t>(R"("-42")") == -42);
  BOOST_TEST(convert<std::int64_t>(R"("007")") == 7);
  BOOST_TEST(convert<std::int64_t>(R"(" \t\n\r\f\u000b42 \t\n")") == 42);
  BOOST_TEST(convert<std::int64_t>(R"("9223372036854775807")") == INT64_MAX);
  BOOST_TEST(convert<std::int64_t>(R"("-9223372036854775808")") == INT64_MIN);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_signed_integer) {
  check_refused<std::int64_t>({"1.5",
                               "1.0",
                               "true",
                               "false",
                               "[]",
                               "[1]",
                               "{}",
                               "9223372036854775808",
                               R"("9223372036854775808")",
                               R"("-9223372036854775809")",
                               R"("18446744073709551616")",
                               R"("")",
                               R"(" ")",
                               R"("x")",
                               R"("1.0")",
                               R"("1e2")",
                               R"("1_000")",
                               R"("0x1")",
                               R"("1 2")",
                               R"("--1")",
                               R"("+-1")",
                               R"("-+1")",
                               R"("+")",
                               R"("-")",
                               R"("- 1")",
                               R"("1\u00a0")"},
                              integer_required);
}

BOOST_AUTO_TEST_CASE(takes_unsigned_integers_and_strings_that_spell_one) {
  BOOST_TEST(convert<std::uint64_t>("0") == 0u);
  BOOST_TEST(convert<std::uint64_t>("5") == 5u);
  BOOST_TEST(convert<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  BOOST_TEST(convert<std::uint64_t>(R"("18446744073709551615")") == UINT64_MAX);
  BOOST_TEST(convert<std::uint64_t>(R"("+1")") == 1u);
  BOOST_TEST(convert<std::uint64_t>(R"("-0")") == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_unsigned_integer) {
  check_refused<std::uint64_t>({"-1", R"("-1")", "1.0", "true", "[]", "{}",
                                "18446744073709551616",
                                R"("18446744073709551616")", R"("x")"},
                               integer_required);
}

BOOST_AUTO_TEST_CASE(checks_the_range_of_narrower_integers) {
  BOOST_TEST(convert<std::int8_t>("-128") == -128);
  BOOST_TEST(convert<std::uint16_t>(R"("65535")") == 65535);
  check_refused<std::int8_t>({"128", "-129", R"("128")"}, integer_required);
  check_refused<std::uint16_t>({"65536", "-1", "1.0"}, integer_required);
}

BOOST_AUTO_TEST_CASE(takes_numbers_and_strings_that_spell_one) {
  BOOST_TEST(convert<double>("1") == 1.0);
  BOOST_TEST(convert<double>("-1") == -1.0);
  BOOST_TEST(convert<double>("2.5") == 2.5);
  BOOST_TEST(convert<double>("18446744073709551615") == 18446744073709551615.);
  BOOST_TEST(convert<double>(R"("2.5")") == 2.5);
  BOOST_TEST(convert<double>(R"("+2.5")") == 2.5);
  BOOST_TEST(convert<double>(R"(" -2.5e3 ")") == -2500.0);
  BOOST_TEST(convert<double>(R"(".5")") == 0.5);
  BOOST_TEST(convert<double>(R"("5.")") == 5.0);
  BOOST_TEST(convert<double>(R"("1e-400")") == 0.0);
  BOOST_TEST(convert<double>(R"("1.7976931348623157e308")")
             == std::numeric_limits<double>::max());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_finite_number) {
  check_refused<double>({"true",
                         "false",
                         "[]",
                         "{}",
                         R"("")",
                         R"(" ")",
                         R"("x")",
                         R"("nan")",
                         R"("inf")",
                         R"("-inf")",
                         R"("infinity")",
                         R"("1e400")",
                         R"("-1e400")",
                         R"("1.7976931348623159e308")",
                         R"("0x1p1")",
                         R"("1,5")",
                         R"("1.5x")",
                         R"("+-1")",
                         R"("--1")",
                         R"("++1")",
                         R"("+")",
                         R"(".")",
                         R"("1 2")"},
                        number_required);
}

BOOST_AUTO_TEST_CASE(takes_strings_and_spells_numbers) {
  BOOST_TEST(convert<std::string>(R"("")") == "");
  BOOST_TEST(convert<std::string>(R"(" a\u00e9\u0000")")
             == std::string(" a\xC3\xA9\0", 5));
  BOOST_TEST(convert<std::string>("-1") == "-1");
  BOOST_TEST(convert<std::string>("18446744073709551615")
             == "18446744073709551615");
  BOOST_TEST(convert<std::string>("2.5") == "2.5");
  BOOST_TEST(convert<std::string>("1e21") == "1e+21");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_string) {
  check_refused<std::string>({"true", "false", "[]", "{}", R"(["a"])"},
                             no_string);
}

BOOST_AUTO_TEST_CASE(takes_everything_that_says_true) {
  for (std::string_view text :
       {"true", "1", R"("true")", R"("True")", R"("TRUE")", R"("t")", R"("T")",
        R"("y")", R"("Y")", R"("yes")", R"("Yes")", R"("YES")", R"("on")",
        R"("On")", R"("ON")", R"("1")"})
    BOOST_TEST(convert<bool>(text), text);
}

BOOST_AUTO_TEST_CASE(takes_everything_that_says_false) {
  for (std::string_view text :
       {"false", "0", R"("false")", R"("False")", R"("FALSE")", R"("f")",
        R"("F")", R"("n")", R"("N")", R"("no")", R"("No")", R"("NO")",
        R"("off")", R"("Off")", R"("OFF")", R"("0")"}) {
    bool out = true;
    BOOST_TEST(convert_argument(parse(text), out) == "", text);
    BOOST_TEST(!out, text);
  }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_boolean) {
  check_refused<bool>({"2", "-1", "1.0", "0.0", "18446744073709551615", "[]",
                       "{}", R"("")", R"("2")", R"("tru")", R"("truex")",
                       R"(" true")", R"("null")", R"("\u0054\u0000")"},
                      no_boolean);
}

BOOST_AUTO_TEST_CASE(takes_a_list_and_names_any_other_type) {
  BOOST_TEST(convert<boost::json::array>(R"([1,"a",[]])").size() == 3u);
  using list = boost::json::array;
  check_refused<list>({R"("a")"},
                      R"(Expected a list of items but got type "str".)");
  check_refused<list>({"1", "-1", "18446744073709551615"},
                      R"(Expected a list of items but got type "int".)");
  check_refused<list>({"1.5"},
                      R"(Expected a list of items but got type "float".)");
  check_refused<list>({"true", "false"},
                      R"(Expected a list of items but got type "bool".)");
  check_refused<list>({"{}"},
                      R"(Expected a list of items but got type "dict".)");
}

BOOST_AUTO_TEST_CASE(takes_a_dictionary_and_names_any_other_type) {
  using dict = boost::json::object;
  BOOST_TEST(convert<dict>(R"({"a":1,"b":[]})").size() == 2u);
  check_refused<dict>({R"("a")"},
                      R"(Expected a dictionary of items but got type "str".)");
  check_refused<dict>({"1"},
                      R"(Expected a dictionary of items but got type "int".)");
  check_refused<dict>(
      {"1.5"}, R"(Expected a dictionary of items but got type "float".)");
  check_refused<dict>({"true"},
                      R"(Expected a dictionary of items but got type "bool".)");
  check_refused<dict>({"[]"},
                      R"(Expected a dictionary of items but got type "list".)");
}

BOOST_AUTO_TEST_CASE(takes_any_value_as_it_is) {
  for (std::string_view text :
       {"1", "1.5", "true", R"("a")", "[1]", R"({"a":1})"})
    BOOST_TEST(to_json(convert<boost::json::value>(text)) == text);
}

BOOST_AUTO_TEST_CASE(asks_for_an_argument_that_is_missing) {
  std::string errors;
  take<arg<"pk", int>>(make_request("{}"), errors);
  BOOST_TEST(errors == R"({"pk":["This field is required."]})");
  take<arg<"pk", boost::json::value>>(make_request("{}"), errors);
  BOOST_TEST(errors == R"({"pk":["This field is required."]})");
}

BOOST_AUTO_TEST_CASE(refuses_null_where_a_value_is_due) {
  std::string errors;
  take<arg<"pk", int>>(make_request(R"({"pk":null})"), errors);
  BOOST_TEST(errors == R"({"pk":["This field may not be null."]})");
  take<arg<"pk", boost::json::array>>(make_request(R"({"pk":null})"), errors);
  BOOST_TEST(errors == R"({"pk":["This field may not be null."]})");
}

BOOST_AUTO_TEST_CASE(takes_null_as_any_value) {
  std::string errors;
  const auto any = take<arg<"pk", boost::json::value>>(
      make_request(R"({"pk":null})"), errors);
  BOOST_TEST(errors == "{}");
  BOOST_TEST((*any).is_null());
}

BOOST_AUTO_TEST_CASE(leaves_an_optional_argument_out) {
  using optional_int = arg<"pk", std::optional<int>>;
  std::string errors;
  for (std::string_view body : {"{}", R"({"pk":null})"}) {
    BOOST_TEST(
        (*take<optional_int>(make_request(body), errors) == std::nullopt));
    BOOST_TEST(errors == "{}");
  }
  BOOST_TEST((*take<optional_int>(make_request(R"({"pk":0})"), errors) == 0));
  take<optional_int>(make_request(R"({"pk":"x"})"), errors);
  BOOST_TEST(errors == R"({"pk":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(prefers_the_capture_to_the_body) {
  using number = arg<"pk", int>;
  using text = arg<"pk", std::string>;
  std::string errors;
  const auto request = make_request(R"({"pk":1})", {{"pk", "2"}});
  BOOST_TEST(*take<number>(request, errors) == 2);
  BOOST_TEST(*take<text>(request, errors) == "2");
  BOOST_TEST(errors == "{}");
  // Also where the capture is wrong and the body is right.
  take<number>(make_request(R"({"pk":1})", {{"pk", "x"}}), errors);
  BOOST_TEST(errors == R"({"pk":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(takes_the_query_where_there_is_no_capture) {
  using number = arg<"pk", int>;
  std::string errors;
  // The query wins over the body, whatever the body has.
  for (std::string_view body : {"{}", R"({"pk":1})", R"({"pk":null})"})
    BOOST_TEST(*take<number>(make_request(body, {}, "x/?pk=3"), errors) == 3);
  BOOST_TEST(errors == "{}");
  BOOST_TEST(*take<number>(
                 make_request(R"({"pk":1})", {{"pk", "2"}}, "x/?pk=3"), errors)
             == 2);
  // Also where the query is wrong and the body is right.
  take<number>(make_request(R"({"pk":1})", {}, "x/?pk=x"), errors);
  BOOST_TEST(errors == R"({"pk":["A valid integer is required."]})");
  // The body has what the query does not have.
  BOOST_TEST(
      *take<number>(make_request(R"({"pk":1})", {}, "x/?PK=3&kp"), errors)
      == 1);
  BOOST_TEST(errors == "{}");
}

BOOST_AUTO_TEST_CASE(converts_the_query_as_captures) {
  std::string errors;
  const auto request = with_query("i=-7&u=+7&d=2.5e0&b=on&s=a+%C3%A4&v=1&f");
  BOOST_TEST((*take<arg<"i", std::int64_t>>(request, errors)) == -7);
  BOOST_TEST((*take<arg<"u", std::uint64_t>>(request, errors)) == 7u);
  BOOST_TEST((*take<arg<"d", double>>(request, errors)) == 2.5);
  BOOST_TEST((*take<arg<"b", bool>>(request, errors)));
  BOOST_TEST((*take<arg<"s", std::string>>(request, errors)) == "a \xC3\xA4");
  BOOST_TEST((*take<arg<"v", json::value>>(request, errors) == "1"));
  BOOST_TEST((*take<arg<"f", std::string>>(request, errors)) == "");
  BOOST_TEST((**take<arg<"i", std::optional<std::int64_t>>>(request, errors))
             == -7);
  BOOST_TEST(errors == "{}");
  take<arg<"f", int>>(request, errors);
  BOOST_TEST(errors == R"({"f":["A valid integer is required."]})");
  take<arg<"f", std::optional<int>>>(request, errors);
  BOOST_TEST(errors == R"({"f":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_again_is_a_list) {
  const auto request = with_query("x=b&y=&x=a&x=b");
  std::string errors;
  const auto list = take<arg<"x", json::array>>(request, errors);
  BOOST_TEST(to_json(json::value(*list)) == R"(["b","a","b"])");
  const auto any = take<arg<"x", json::value>>(request, errors);
  BOOST_TEST(to_json(*any) == R"(["b","a","b"])");
  BOOST_TEST(errors == "{}");
}

BOOST_AUTO_TEST_CASE(a_list_takes_a_name_that_comes_once) {
  std::string errors;
  const auto one = take<arg<"x", json::array>>(with_query("x=a&y=b"), errors);
  BOOST_TEST(to_json(json::value(*one)) == R"(["a"])");
  const auto empty =
      take<arg<"x", std::optional<json::array>>>(with_query("x"), errors);
  BOOST_REQUIRE(empty->has_value());
  BOOST_TEST(to_json(json::value(**empty)) == R"([""])");
  const auto none =
      take<arg<"x", std::optional<json::array>>>(with_query("y"), errors);
  BOOST_TEST(!none->has_value());
  BOOST_TEST(errors == "{}");
  // A capture is one text, also for a list.
  take<arg<"x", json::array>>(make_request("{}", {{"x", "a"}}, "?x=b"), errors);
  BOOST_TEST(errors
             == R"({"x":["Expected a list of items but got type \"str\"."]})");
}

BOOST_AUTO_TEST_CASE(a_name_that_comes_again_is_no_single_value) {
  const auto request = with_query("x=1&x=1");
  std::string errors;
  take<arg<"x", int>>(request, errors);
  BOOST_TEST(errors == R"({"x":["A valid integer is required."]})");
  take<arg<"x", std::uint64_t>>(request, errors);
  BOOST_TEST(errors == R"({"x":["A valid integer is required."]})");
  take<arg<"x", double>>(request, errors);
  BOOST_TEST(errors == R"({"x":["A valid number is required."]})");
  take<arg<"x", bool>>(request, errors);
  BOOST_TEST(errors == R"({"x":["Must be a valid boolean."]})");
  take<arg<"x", std::string>>(request, errors);
  BOOST_TEST(errors == R"({"x":["Not a valid string."]})");
  take<arg<"x", std::optional<std::string>>>(request, errors);
  BOOST_TEST(errors == R"({"x":["Not a valid string."]})");
  const auto dictionary = [&](const std::string& query) {
    take<arg<"x", json::object>>(with_query(query), errors);
    return errors;
  };
  BOOST_TEST(
      dictionary("x=1&x=1")
      == R"({"x":["Expected a dictionary of items but got type \"list\"."]})");
  BOOST_TEST(
      dictionary("x={}")
      == R"({"x":["Expected a dictionary of items but got type \"str\"."]})");
}

BOOST_AUTO_TEST_CASE(the_query_gives_no_value_to_a_control_key) {
  std::string errors;
  const auto request =
      make_request("{}", {}, "?action=x&route=x&request_id=x&actions=y");
  take<arg<"action", std::string>>(request, errors);
  BOOST_TEST(errors == R"({"action":["This field is required."]})");
  take<arg<"route", std::string>>(request, errors);
  BOOST_TEST(errors == R"({"route":["This field is required."]})");
  take<arg<"request_id", json::array>>(request, errors);
  BOOST_TEST(errors == R"({"request_id":["This field is required."]})");
  BOOST_TEST((*take<arg<"actions", std::string>>(request, errors)) == "y");
  BOOST_TEST(request.action() == "go");
  // A group of the route may have such a name.
  const auto captured = make_request("{}", {{"action", "c"}}, "?action=x");
  BOOST_TEST((*take<arg<"action", std::string>>(captured, errors)) == "c");
}

BOOST_AUTO_TEST_CASE(collects_the_errors_of_all_arguments) {
  boost::json::object errors;
  const auto request = make_request(R"({"b":"x","c":null,"d":2})");
  arg<"a", std::string>::from(request, errors);
  arg<"b", bool>::from(request, errors);
  arg<"c", double>::from(request, errors);
  arg<"d", int>::from(request, errors);
  BOOST_TEST(to_json(boost::json::value(errors))
             == R"({"a":["This field is required."],)"
                R"("b":["Must be a valid boolean."],)"
                R"("c":["This field may not be null."]})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace argument_suite
