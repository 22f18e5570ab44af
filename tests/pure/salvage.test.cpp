#include "stagedoor/protocol/salvage.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace salvage_suite {

using namespace stagedoor;

namespace {

/// The request_id that is found; `-` stands for none.
std::string found(std::string_view payload, std::size_t bytes_max = 128) {
  limits bounds;
  bounds.request_id_bytes_max = bytes_max;
  const auto id = salvaged_request_id(payload, bounds);
  return id ? to_json(*id) : "-";
}

} // namespace

BOOST_AUTO_TEST_SUITE(salvage)

BOOST_AUTO_TEST_CASE(finds_each_kind_of_request_id) {
  for (const std::string id :
       {"7", "-7", "18446744073709551615", "null", R"("")", R"("a\"b,}")"})
    for (const std::string end : {"", " ", ",", "}", "]", ", garbage"})
      BOOST_TEST(found(R"({"request_id":)" + id + end) == id);
}

BOOST_AUTO_TEST_CASE(finds_it_whatever_is_wrong_around_it) {
  for (const std::string_view text :
       {R"({"action":go,"request_id":7})", R"({"x":[1,],"request_id":7,"y")",
        R"( {,,"request_id" : 7 ,:)", R"({"x":"\ud83d","request_id":7)",
        R"({"x":"\\","request_id":7})", R"({"x":"\"","request_id":7})",
        R"({"x":[{"request_id":1}],"request_id":7]})",
        R"({"request\u005fid":7,)", R"({"x":1e999,"request_id":7})",
        "{\"x\":\"\xFF\",\"request_id\":7}"})
    BOOST_TEST(found(text) == "7", text);
  BOOST_TEST(found(R"({"x":)" + std::string(100'000, '[')
                   + std::string(100'000, ']') + R"(,"request_id":7})")
             == "7");
}

BOOST_AUTO_TEST_CASE(takes_only_a_key_of_the_message_itself) {
  for (const std::string_view text :
       {"", " ", "x", R"("request_id":7)", R"(["request_id",7])",
        R"([{"request_id":7}])", R"({"x":{"request_id":7}})",
        R"({"x":["request_id":7]})", R"({}{"request_id":7})",
        R"({"x":"\"request_id\":7"})", R"({"Request_id":7})",
        R"({"request_id"})", R"({"request_id" 7})", R"({"request_id)",
        R"({"x":"request_id","y":7})", R"({"x":"open,"request_id":7})"})
    BOOST_TEST(found(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(takes_only_a_valid_one) {
  for (const std::string_view id :
       {"", "x", "[7]", "{}", "true", "1.5", "1e3", "-", "01",
        "18446744073709551616", R"("open)", R"("\ud83d")", R"("\x")",
        "\"\xFF\""})
    BOOST_TEST(found(R"({"request_id":)" + std::string(id) + "}") == "-", id);
  BOOST_TEST(found(R"({"request_id":"abcd"x})", 4) == R"("abcd")");
  BOOST_TEST(found(R"({"request_id":"abcde"x})", 4) == "-");
}

BOOST_AUTO_TEST_CASE(of_several_the_last_counts) {
  BOOST_TEST(found(R"({"request_id":1,"request_id":2,x)") == "2");
  BOOST_TEST(found(R"({"request_id":1,"request_id":[],x)") == "-");
  BOOST_TEST(found(R"({"request_id":[1],"request_id":2,x)") == "2");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace salvage_suite
