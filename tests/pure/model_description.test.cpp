#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/model/description.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model_description_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

struct author {
  std::string name;
  std::optional<std::int16_t> born;

  static const description<author>& described() {
    static const auto result = describe<author>("author")
                                   .field("name", &author::name)
                                   .field("born", &author::born);
    return result;
  }
  bool operator==(const author&) const = default;
};

struct post {
  std::int64_t id = 0;
  std::string title;
  std::string secret = "none";
  std::vector<std::string> tags;
  author by;

  static const description<post>& described() {
    static const auto result =
        describe<post>("post")
            .field("id", &post::id, field::integer().read_only())
            .field("title", &post::title, field::text().length_max(5))
            .field("secret", &post::secret,
                   field::text().write_only().optional())
            .field("tags", &post::tags)
            .field("by", &post::by);
    return result;
  }
};

/// A struct with one member of a type.
template <class T>
struct holder {
  T value{};

  static const description<holder>& described() {
    static const auto result =
        describe<holder>("holder").field("value", &holder::value);
    return result;
  }
};

json::value parse(std::string_view text) {
  const auto value = parse_json(text, wire_depth_max);
  BOOST_REQUIRE(value);
  return *value;
}

/// What a member of type T becomes of JSON, as JSON again, or the errors.
template <class T>
std::string round_trip(std::string_view text) {
  const json::value body = json::object{{"value", parse(text)}};
  const auto reading = holder<T>::described().read(&body);
  if (!reading.value)
    return "!" + to_json(reading.errors.at("value"));
  return to_json(holder<T>::described().shown(*reading.value).at("value"));
}

template <class T>
void check_same(std::initializer_list<const char*> texts) {
  for (const auto* text : texts)
    BOOST_TEST(round_trip<T>(text) == text);
}

template <class T>
void check_limits(const std::string& least, const std::string& below,
                  const std::string& most, const std::string& above) {
  BOOST_TEST(round_trip<T>(least) == least);
  BOOST_TEST(round_trip<T>(most) == most);
  BOOST_TEST(round_trip<T>(below)
             == "![\"Ensure this value is greater than or equal to " + least
                    + ".\"]");
  BOOST_TEST(round_trip<T>(above)
             == "![\"Ensure this value is less than or equal to " + most
                    + ".\"]");
}

request request_with(std::string_view arguments) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "create";
  data.message.arguments = parse(arguments).as_object();
  return request{std::move(data)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_description)

BOOST_AUTO_TEST_CASE(integers_have_the_limits_of_their_type) {
  check_limits<std::int8_t>("-128", "-129", "127", "128");
  check_limits<std::uint8_t>("0", "-1", "255", "256");
  check_limits<std::int16_t>("-32768", "-32769", "32767", "32768");
  check_limits<std::uint16_t>("0", "-1", "65535", "65536");
  check_limits<std::int32_t>("-2147483648", "-2147483649", "2147483647",
                             "2147483648");
  check_limits<std::uint32_t>("0", "-1", "4294967295", "4294967296");
  check_limits<std::int64_t>("-9223372036854775808", "-9223372036854775809",
                             "9223372036854775807", "9223372036854775808");
  check_limits<std::uint64_t>("0", "-1", "18446744073709551615",
                              "18446744073709551616");
}

BOOST_AUTO_TEST_CASE(a_field_of_its_own_takes_no_more_than_the_member_holds) {
  struct small {
    std::int16_t value = 0;
    std::optional<std::uint8_t> other;
  };
  const auto described =
      describe<small>("small")
          .field("value", &small::value, field::integer().at_least(5))
          .field("other", &small::other, field::integer().optional());
  const auto body = parse(R"({"value":32768,"other":256})");
  BOOST_TEST(to_json(described.read(&body).errors)
             == R"({"value":["Ensure this value is less than or equal to )"
                R"(32767."],"other":["Ensure this value is less than or equal )"
                R"(to 255."]})");
}

BOOST_AUTO_TEST_CASE(a_duration_beyond_64_bits_is_refused) {
  using type = member_type<std::chrono::microseconds>;
  std::chrono::microseconds read{};
  for (const std::string_view text :
       {"-106751992 19:59:05.224192", "106751991 04:00:54.775807"}) {
    BOOST_TEST(type::read(json::value(text), read) == "");
    BOOST_TEST((type::write(read) == json::value(text)));
  }
  for (const std::string_view text :
       {"-106751992 19:59:05.224191", "106751991 04:00:54.775808",
        "-106751993 00:00:00", "106751992 00:00:00"})
    BOOST_TEST(type::read(json::value(text), read)
               == "Duration has wrong format.");
}

BOOST_AUTO_TEST_CASE(every_type_of_a_member_goes_in_and_out) {
  check_same<bool>({"true", "false"});
  check_same<double>({"0.1", "-1e-7", "1.7976931348623157e+308", "5e-324"});
  check_same<std::string>({R"("a")", R"("\u0001 é 😀")"});
  check_same<decimal>({R"("1.50")", R"("-0.00")",
                       R"("123456789012345678901234567890.1234567890")"});
  check_same<std::chrono::year_month_day>(
      {R"("0001-01-01")", R"("2024-02-29")", R"("9999-12-31")"});
  check_same<time_of_day>(
      {R"("00:00:00")", R"("10:20:30")", R"("23:59:59.999999")"});
  check_same<utc_time>({R"("0001-01-01T00:00:00Z")",
                        R"("2024-02-29T10:20:30.500000Z")",
                        R"("9999-12-31T23:59:59.999999Z")"});
  check_same<std::chrono::microseconds>(
      {R"("00:00:00")", R"("1 02:03:04.000005")", R"("-1 23:59:59")"});
  check_same<json::value>({R"({"a":[null,1.5,"x"]})", "[]", "7"});
  check_same<std::optional<std::int32_t>>({"null", "7"});
  check_same<std::optional<std::string>>({"null", R"("a")"});
  check_same<std::vector<std::int32_t>>({"[]", "[1,2]"});
  check_same<std::vector<std::optional<bool>>>({"[true,null]"});
  check_same<std::map<std::string, double>>({"{}", R"({"a":1.5,"b":2})"});
  check_same<author>(
      {R"({"name":"ann","born":1990})", R"({"name":"ann","born":null})"});
  check_same<std::vector<author>>({R"([{"name":"ann","born":7}])"});
}

BOOST_AUTO_TEST_CASE(a_duration_has_the_limits_of_64_bits) {
  const std::string most = "106751991 04:00:54.775807";
  const std::string least = "-106751992 19:59:05.224192";
  BOOST_TEST(round_trip<std::chrono::microseconds>('"' + most + '"')
             == '"' + most + '"');
  BOOST_TEST(round_trip<std::chrono::microseconds>('"' + least + '"')
             == '"' + least + '"');
  BOOST_TEST(
      round_trip<std::chrono::microseconds>(R"("106751991 04:00:54.775808")")
      == "![\"Ensure this value is less than or equal to 106751991 "
         "days, 4:00:54.775807.\"]");
  BOOST_TEST(
      round_trip<std::chrono::microseconds>(R"("-106751992 19:59:05.224191")")
      == "![\"Ensure this value is greater than or equal to -106751992 "
         "days, 19:59:05.224192.\"]");
}

BOOST_AUTO_TEST_CASE(errors_of_members_are_those_of_their_fields) {
  BOOST_TEST(round_trip<std::int16_t>("1.5")
             == R"(!["A valid integer is required."])");
  BOOST_TEST(
      round_trip<std::vector<std::int16_t>>("[1,\"x\",70000]")
      == R"(!{"1":["A valid integer is required."],)"
         R"("2":["Ensure this value is less than or equal to 32767."]})");
  BOOST_TEST((round_trip<std::map<std::string, bool>>(R"({"a":2})"))
             == R"(!{"a":["Must be a valid boolean."]})");
  BOOST_TEST(round_trip<author>(R"({"born":"x"})")
             == R"(!{"name":["This field is required."],)"
                R"("born":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(an_optional_member_may_be_absent) {
  const auto body = parse(R"({"name":"ann"})");
  const auto reading = author::described().read(&body);
  BOOST_REQUIRE(reading.value.has_value());
  BOOST_TEST((*reading.value == author{.name = "ann", .born = {}}));
}

BOOST_AUTO_TEST_CASE(a_member_that_cannot_hold_a_value_is_an_error) {
  struct text_in_a_number {
    std::int32_t value = 0;
  };
  const auto described = describe<text_in_a_number>("odd").field(
      "value", &text_in_a_number::value, field::text());
  const auto body = parse(R"({"value":"x"})");
  BOOST_TEST(to_json(described.read(&body).errors)
             == R"({"value":["A valid integer is required."]})");
}

BOOST_AUTO_TEST_CASE(read_only_members_stay_and_write_only_ones_are_not_shown) {
  const auto body = parse(R"({"id":9,"title":" a ","secret":"s","tags":["x"],)"
                          R"("by":{"name":"ann","born":null}})");
  const auto reading = post::described().read(&body);
  BOOST_REQUIRE(reading.value.has_value());
  BOOST_TEST(reading.value->id == 0);
  BOOST_TEST(reading.value->secret == "s");
  BOOST_TEST(to_json(post::described().shown(*reading.value))
             == R"({"id":0,"title":"a","tags":["x"],)"
                R"("by":{"name":"ann","born":null}})");
  BOOST_TEST(to_json(post::described().write(*reading.value))
             == R"({"id":0,"title":"a","secret":"s","tags":["x"],)"
                R"("by":{"name":"ann","born":null}})");
}

BOOST_AUTO_TEST_CASE(a_partial_update_leaves_absent_members_alone) {
  post stored{.id = 3, .title = "old", .secret = "s", .tags = {"x"}, .by = {}};
  const auto body = parse(R"({"tags":[]})");
  const auto result =
      post::described().object().validate(&body, {.partial = true});
  BOOST_REQUIRE(result.is_valid());
  BOOST_TEST(
      post::described().assign(result.content.get_object(), stored).empty());
  BOOST_TEST(stored.title == "old");
  BOOST_TEST(stored.tags.empty());
}

BOOST_AUTO_TEST_CASE(rules_about_a_struct_are_checked) {
  const auto described = describe<author>("author")
                             .field("name", &author::name)
                             .field("born", &author::born)
                             .unique_together({"name", "born"})
                             .refuse_unknown_keys()
                             .check([](const json::object& x) {
                               return x.at("name") == json::value("bob")
                                          ? json::value("No bobs.")
                                          : json::value{};
                             });
  const auto errors = [&](std::string_view text) {
    const auto body = parse(text);
    return to_json(described.read(&body).errors);
  };
  BOOST_TEST(errors(R"({"name":"bob","born":1})")
             == R"({"non_field_errors":["No bobs."]})");
  BOOST_TEST(errors(R"({"name":"ann","x":1})")
             == R"({"born":["This field is required."],)"
                R"("x":["Unexpected field."]})");
  BOOST_TEST(described.object().unique_sets().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_argument_may_be_a_described_struct) {
  const auto errors_of = [](std::string_view arguments) {
    json::object errors;
    arg<"data", post>::from(request_with(arguments), errors);
    return to_json(errors);
  };
  BOOST_TEST(errors_of("{}") == R"({"data":["This field is required."]})");
  BOOST_TEST(errors_of(R"({"data":null})")
             == R"({"data":["This field may not be null."]})");
  BOOST_TEST(errors_of(R"({"data":7})")
             == R"({"data":{"non_field_errors":["Invalid data. Expected a )"
                R"(dictionary, but got int."]}})");
  BOOST_TEST(errors_of(R"({"data":{"title":"too long","by":{}}})")
             == R"({"data":{"title":["Ensure this field has no more than 5 )"
                R"(characters."],"tags":["This field is required."],)"
                R"("by":{"name":["This field is required."]}}})");
  json::object errors;
  const auto data = arg<"data", author>::from(
      request_with(R"({"data":{"name":"ann"}})"), errors);
  BOOST_TEST(errors.empty());
  BOOST_TEST(data->name == "ann");
}

BOOST_AUTO_TEST_CASE(an_optional_struct_may_be_left_out) {
  json::object errors;
  const auto data = arg<"data", std::optional<author>>::from(
      request_with(R"({"data":null})"), errors);
  BOOST_TEST(!data->has_value());
  const auto given = arg<"data", std::optional<author>>::from(
      request_with(R"({"data":{"name":"ann"}})"), errors);
  BOOST_TEST((*given)->name == "ann");
  BOOST_TEST(errors.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_description_suite
