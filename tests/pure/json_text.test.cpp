#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace json_text_suite {

using namespace stagedoor;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

/// Something of an application that converts to JSON.
struct shade {
  operator json::value() const { return "dark"; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(json_text)

// The same brackets for a text and for a value of Boost.JSON.
#define CHECK_SAME(...)                                                        \
  BOOST_TEST((stagedoor::json_text __VA_ARGS__).view()                         \
             == to_json(json::value __VA_ARGS__))

BOOST_AUTO_TEST_CASE(has_the_brackets_of_a_value) {
  CHECK_SAME({});
  CHECK_SAME({nullptr});
  CHECK_SAME({1, 2, 3});
  CHECK_SAME({"a", "b"});
  CHECK_SAME({"a", 1});
  CHECK_SAME({{"a", 1}});
  CHECK_SAME({{"a", 1}, {"b", {1, 2}}, {"c", {{"d", nullptr}}}});
  CHECK_SAME({{"a", {{"b", {{"c", {}}}}}}});
  CHECK_SAME({{1, 2}, {3, 4}});
  CHECK_SAME({{"a", 1}, 2});
  CHECK_SAME({{"a", 1}, {"b"}});
  CHECK_SAME({{"a", 1}, {"b", 2, 3}});
  CHECK_SAME({{"a", 1}, {2, "b"}});
  CHECK_SAME({{"", ""}});
  CHECK_SAME({{"a", true}, {"b", false}, {"c", 2.5}, {"d", -0.0}});
  CHECK_SAME({json::object{{"a", 1}}, json::array{1, 2}, json::value("b")});
  CHECK_SAME({{json::string("a"), json::string("b")}, {"c"s, "d"s}});
  CHECK_SAME({shade{}, {{"a", shade{}}}});
}

BOOST_AUTO_TEST_CASE(keeps_the_first_of_the_members_with_one_key) {
  CHECK_SAME({{"a", 1}, {"b", 2}, {"a", 3}, {"b", {4}}, {"c", 5}});
}

BOOST_AUTO_TEST_CASE(has_integers_of_all_sizes) {
  CHECK_SAME({std::numeric_limits<std::int64_t>::min(),
              std::numeric_limits<std::uint64_t>::max(), std::int8_t{-1},
              std::uint8_t{200}, std::int16_t{-2}, 3L, 4ULL, 0.5F});
}

#undef CHECK_SAME

BOOST_AUTO_TEST_CASE(is_made_of_whatever_is_json) {
  using text = stagedoor::json_text;
  BOOST_TEST(text(1).view() == "1");
  BOOST_TEST(text("a\"b").view() == R"("a\"b")");
  BOOST_TEST(text("a"sv).view() == R"("a")");
  BOOST_TEST(text(json::value{1, 2}).view() == "[1,2]");
  BOOST_TEST(text(shade{}).view() == R"("dark")");
  const text inner{{"a", 1}};
  const text outer{{"b", inner}, {"c", inner}};
  BOOST_TEST(outer.view() == R"({"b":{"a":1},"c":{"a":1}})");
  const auto longest = std::string(2000, 'x');
  BOOST_TEST(text({{"a", text(longest)}}).view()
             == "{\"a\":\"" + longest + "\"}");
}

BOOST_AUTO_TEST_CASE(is_null_until_it_is_something) {
  using text = stagedoor::json_text;
  text x;
  BOOST_TEST(x.is_null());
  BOOST_TEST(x.view() == "null");
  BOOST_TEST(x == text(nullptr));
  BOOST_TEST(x == text(json::value{}));
  BOOST_TEST(x == text::of("null"));
  x = {"a"};
  BOOST_TEST(!x.is_null());
  BOOST_TEST(x.is_array());
  BOOST_TEST(!text("[").is_array());
  const auto taken = std::move(x);
  BOOST_TEST(taken.view() == R"(["a"])");
}

BOOST_AUTO_TEST_CASE(gives_the_value_back) {
  const stagedoor::json_text x{{"a", {1, -2.5, nullptr, "b"}}};
  BOOST_TEST((x.value() == json::value{{"a", {1, -2.5, nullptr, "b"}}}));
  BOOST_TEST(stagedoor::json_text{}.value().is_null());
  // Deeper than any text from elsewhere may be.
  json::value deep = 1;
  for (std::size_t i = 0; i < 2 * wire_depth_max; ++i)
    deep = json::array{std::move(deep)};
  BOOST_TEST((stagedoor::json_text(deep).value() == deep));
}

BOOST_AUTO_TEST_CASE(tells_of_what_json_cannot_express) {
  using text = stagedoor::json_text;
  BOOST_TEST(text({{"a", "b"}}).is_exact());
  const text odd{{"a", {std::nan("")}}, {"\xFF", 1}};
  BOOST_TEST(!odd.is_exact());
  BOOST_TEST(odd.view() == "{\"a\":[null],\"\xEF\xBF\xBD\":1}");
  BOOST_TEST(!text({{"c", odd}}).is_exact());
  BOOST_TEST(!text(json::value("\xFF")).is_exact());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace json_text_suite
