// Arguments of types that are more than one value of JSON.

#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/model/description.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace typed_argument_suite {

using namespace stagedoor;

namespace typed {

enum class color : std::uint8_t { red = 3, blue = 5 };
BOOST_DESCRIBE_ENUM(color, red, blue)

struct point {
  std::int32_t x = 0;
  std::optional<std::int32_t> y;
  friend bool operator==(const point&, const point&) = default;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

struct shape {
  std::vector<point> corners;
  color paint = color::red;
};
BOOST_DESCRIBE_STRUCT(shape, (), (corners, paint))

struct hidden {
  std::string name;
  std::string secret;

  static const description<hidden>& described() {
    static const auto result =
        describe<hidden>("hidden")
            .field("name", &hidden::name)
            .field("secret", &hidden::secret, field::text().write_only());
    return result;
  }
};

} // namespace typed

namespace {

/// What an argument is made of, and what its errors are.
template <class T>
struct taken {
  T value;
  std::string errors;
};

request with(const std::string& body, fields captures = {},
             const std::string& route = {}) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.arguments = parse_json(body, 32)->as_object();
  data.message.head.action = "act";
  data.message.head.route = route;
  data.captures = std::move(captures);
  return request{std::move(data)};
}

template <class T>
taken<T> take(const request& message) {
  json::object errors;
  auto result = arg<"x", T>::from(message, errors);
  return {*result, errors.empty() ? "" : to_json(errors)};
}

template <class T>
taken<T> take(const std::string& body) {
  return take<T>(with(body));
}

} // namespace

BOOST_AUTO_TEST_SUITE(typed_argument)

BOOST_AUTO_TEST_CASE(a_list_has_items_of_one_type) {
  using numbers = std::vector<int>;
  BOOST_TEST((take<numbers>(R"({"x":[1,"2"]})").value == numbers{1, 2}));
  BOOST_TEST(take<numbers>(R"({"x":[]})").errors == "");
  BOOST_TEST(take<numbers>(R"({"x":[1,"b"]})").errors
             == R"({"x":{"1":["A valid integer is required."]}})");
  BOOST_TEST(take<numbers>(R"({"x":7})").errors
             == R"({"x":["Expected a list of items but got type \"int\"."]})");
  BOOST_TEST(take<numbers>(R"({})").errors
             == R"({"x":["This field is required."]})");
  BOOST_TEST(take<numbers>(R"({"x":null})").errors
             == R"({"x":["This field may not be null."]})");
}

BOOST_AUTO_TEST_CASE(an_item_has_the_bounds_of_its_type) {
  BOOST_TEST(take<std::vector<std::int8_t>>(R"({"x":[127,-128]})").errors
             == "");
  BOOST_TEST(take<std::vector<std::int8_t>>(R"({"x":[128]})").errors != "");
}

BOOST_AUTO_TEST_CASE(a_list_of_the_query_is_a_list_also_of_one) {
  const auto query = [](const std::string& text) {
    return take<std::vector<int>>(with("{}", {}, "a/?" + text));
  };
  BOOST_TEST((query("x=4").value == std::vector{4}));
  BOOST_TEST((query("x=4&x=5").value == std::vector{4, 5}));
  BOOST_TEST(query("x=four").errors
             == R"({"x":{"0":["A valid integer is required."]}})");
}

BOOST_AUTO_TEST_CASE(what_is_optional_may_be_absent_or_null) {
  using maybe = std::optional<std::vector<int>>;
  BOOST_TEST(!take<maybe>("{}").value);
  BOOST_TEST(!take<maybe>(R"({"x":null})").value);
  BOOST_TEST(take<maybe>(R"({"x":[3]})").value->at(0) == 3);
  BOOST_TEST(take<maybe>(R"({"x":["a"]})").errors != "");
}

BOOST_AUTO_TEST_CASE(an_enumeration_is_named) {
  using typed::color;
  BOOST_TEST((take<color>(R"({"x":"blue"})").value == color::blue));
  BOOST_TEST(take<color>(R"({"x":"green"})").errors
             == R"({"x":["\"green\" is not a valid choice."]})");
  BOOST_TEST(take<color>(R"({"x":5})").errors
             == R"({"x":["\"5\" is not a valid choice."]})");
  // A capture is a text, as a name is.
  BOOST_TEST((take<color>(with("{}", {{"x", "red"}})).value == color::red));
  BOOST_TEST(member_type<color>::write(color::blue) == json::value("blue"));
  BOOST_CHECK_THROW(member_type<color>::write(color{}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(times_and_durations_have_the_texts_of_fields) {
  using std::chrono::microseconds;
  BOOST_TEST(take<microseconds>(R"({"x":"00:01:30"})").value.count()
             == 90'000'000);
  BOOST_TEST((take<std::chrono::year_month_day>(R"({"x":"2024-02-29"})").value
              == std::chrono::year{2024} / 2 / 29));
  BOOST_TEST(take<std::chrono::year_month_day>(R"({"x":"2023-02-29"})").errors
             == R"({"x":["Date has wrong format. Use one of these formats )"
                R"(instead: YYYY-MM-DD."]})");
  BOOST_TEST(take<utc_time>(R"({"x":"2026-12-01T08:00:00Z"})").errors == "");
}

BOOST_AUTO_TEST_CASE(a_struct_has_the_errors_of_all_its_members) {
  using typed::shape;
  const auto good = take<shape>(
      R"({"x":{"corners":[{"x":1},{"x":2,"y":3}],"paint":"blue"}})");
  BOOST_TEST(good.errors == "");
  BOOST_TEST((good.value.corners
              == std::vector<typed::point>{{1, std::nullopt}, {2, 3}}));
  BOOST_TEST((good.value.paint == typed::color::blue));
  BOOST_TEST(take<shape>(R"({"x":{"corners":[{"x":1},{"y":"a"}]}})").errors
             == R"({"x":{"corners":{"1":{"x":["This field is required."],)"
                R"("y":["A valid integer is required."]}},)"
                R"("paint":["This field is required."]}})");
  BOOST_TEST(take<shape>(R"({"x":3})").errors
             == R"({"x":{"non_field_errors":["Invalid data. Expected a )"
                R"(dictionary, but got int."]}})");
}

BOOST_AUTO_TEST_CASE(a_dictionary_has_values_of_one_type) {
  using prices = std::map<std::string, std::int64_t>;
  BOOST_TEST((take<prices>(R"({"x":{"tea":3}})").value == prices{{"tea", 3}}));
  BOOST_TEST(take<prices>(R"({"x":{"tea":"a","cup":4}})").errors
             == R"({"x":{"tea":["A valid integer is required."]}})");
}

BOOST_AUTO_TEST_CASE(a_reply_takes_what_converts_to_json) {
  BOOST_TEST(ok(std::string("a")).data.view() == R"("a")");
  BOOST_TEST(ok(std::vector<int>{1, 2}, 201).data.view() == "[1,2]");
  BOOST_TEST(ok(std::map<std::string, int>{{"a", 1}}).data.view()
             == R"({"a":1})");
  BOOST_TEST(ok(typed::point{1, 2}).data.view() == R"({"x":1,"y":2})");
  BOOST_TEST(ok(typed::hidden{"a", "b"}).data.view() == R"({"name":"a"})");
  BOOST_TEST(ok(std::string("a"), 404).status == reply::flawed_status);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace typed_argument_suite
