#include "stagedoor/protocol/client_message.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace client_message_suite {

using namespace stagedoor;

namespace {

decoded_message decode(std::string_view payload, const limits& limits = {}) {
  return decode_message(payload, frame_type::text, limits);
}

/// What the head echoes, as one text: action, route, request_id; `-` is absent.
std::string echo(const decoded_message& decoded) {
  const auto& head = decoded.message.head;
  return head.action.value_or("-") + '|' + head.route + '|'
         + (head.request_id ? to_json(*head.request_id) : "-");
}

std::string arguments(const decoded_message& decoded) {
  return to_json(json::value(decoded.message.arguments));
}

/// Checks the row "malformed" of the contract: only `request_id` is echoed.
void check_malformed(const decoded_message& decoded, std::string_view reason,
                     std::string_view request_id = "-") {
  BOOST_TEST((decoded.error == errc::malformed_message));
  BOOST_TEST(decoded.reason == reason);
  BOOST_TEST(echo(decoded) == "-||" + std::string(request_id));
  BOOST_TEST(decoded.message.arguments.empty());
}

constexpr std::string_view no_object = "not a JSON object";
constexpr std::string_view no_action = R"("action" is no string)";
constexpr std::string_view no_route = R"("route" is no string)";
constexpr std::string_view no_request_id =
    R"("request_id" is no string, 64-bit integer or null)";

std::string with_route(std::size_t bytes) {
  return R"({"action":"a","request_id":1,"route":")" + std::string(bytes, 'r')
         + "\"}";
}

std::string with_request_id(std::string_view request_id) {
  return R"({"action":"a","route":"r","request_id":)" + std::string(request_id)
         + "}";
}

std::string quoted(std::size_t bytes) {
  return '"' + std::string(bytes, 'i') + '"';
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_message)

BOOST_AUTO_TEST_CASE(decodes_a_message_with_all_keys) {
  const auto decoded =
      decode(R"({"data":{"x":[1]},"action":"go","pk":2,"route":"a/b?c=d",)"
             R"("request_id":"r1","z":null})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == R"(go|a/b?c=d|"r1")");
  BOOST_TEST(arguments(decoded) == R"({"data":{"x":[1]},"pk":2,"z":null})");
}

BOOST_AUTO_TEST_CASE(decodes_a_message_without_route) {
  const auto decoded = decode(R"({"action":"go"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "go||-");
  BOOST_TEST(arguments(decoded) == "{}");
}

BOOST_AUTO_TEST_CASE(takes_an_empty_action_for_a_name) {
  const auto decoded = decode(R"({"action":""})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(decoded.message.head.action.has_value());
}

BOOST_AUTO_TEST_CASE(refuses_a_binary_message) {
  const auto decoded = decode_message(R"({"action":"go","request_id":1})",
                                      frame_type::binary, limits{});
  check_malformed(decoded, "a binary message; send text", "1");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_json_and_says_where) {
  const std::pair<std::string_view, int> rows[]{{"", 0},
                                                {" ", 1},
                                                {"go", 0},
                                                {"{", 1},
                                                {R"({"action":"go"}x)", 15},
                                                {R"({"action":"go",})", 15},
                                                {"{\"action\":\"\xFF\"}", 11},
                                                {R"({"action":"\ud800"x)", 18}};
  for (const auto& [payload, byte] : rows)
    check_malformed(decode(payload),
                    "not JSON at byte " + std::to_string(byte));
  check_malformed(decode(R"({"action":"go","x":1e999})"),
                  "a number that is too large at byte 24");
  // Half of a surrogate pair is one in a text only.
  check_malformed(decode(R"({"action":"go","x":1.5\ud83d})"),
                  "not JSON at byte 22");
  check_malformed(decode(R"({"action":"\ud83d","x":1.5\ud83d})"),
                  "not JSON at byte 26");
}

BOOST_AUTO_TEST_CASE(replaces_half_of_a_surrogate_pair_in_arguments) {
  const auto decoded =
      decode(R"({"action":"go","x":"\ud83d","\udE00":["\ud83d\ud83d\ude00"],)"
             R"("y":{"\ud83dk":"\\ud83d\ud83d\u0041"},"n":12,"route":"r"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "go|r|-");
  BOOST_TEST(arguments(decoded)
             == "{\"x\":\"\uFFFD\",\"\uFFFD\":[\"\uFFFD\U0001F600\"],"
                "\"y\":{\"\uFFFDk\":\"\\\\ud83d\uFFFDA\"},\"n\":12}");
}

BOOST_AUTO_TEST_CASE(refuses_half_of_a_surrogate_pair_in_control_keys) {
  const auto half_in = [](std::string_view key) {
    return '"' + std::string(key) + "\" has half of a surrogate pair";
  };
  check_malformed(decode(R"({"action":"g\ud83do","request_id":1})"),
                  half_in("action"), "1");
  check_malformed(decode(R"({"action":"g","route":"\udc00","request_id":1})"),
                  half_in("route"), "1");
  check_malformed(decode(R"({"action":"g","request_id":"\ud83d"})"),
                  half_in("request_id"));
  // Not in the key before it, nor in one that comes again.
  BOOST_TEST(echo(decode(R"({"x":"\ud83d","action":"go"})")) == "go||-");
  BOOST_TEST(echo(decode(R"({"\ud83d":1,"action":"go"})")) == "go||-");
  BOOST_TEST(echo(decode(R"({"action":"\ud83d","x":1,"action":"go"})"))
             == "go||-");
  check_malformed(decode(R"({"action":["\ud83d"]})"), no_action);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_an_object) {
  for (std::string_view payload :
       {"null", "true", "1", "1.5", R"("go")", R"(["action","go"])",
        R"([{"action":"go"}])"})
    check_malformed(decode(payload), no_object);
}

BOOST_AUTO_TEST_CASE(takes_the_depth_limit_exactly) {
  stagedoor::limits limits;
  limits.json_depth_max = 3;
  BOOST_TEST(
      (decode(R"({"action":"go","x":[[]]})", limits).error == errc::none));
  check_malformed(decode(R"({"request_id":1,"x":[[[]]]})", limits),
                  "nested deeper than 3", "1");
  check_malformed(decode(R"({"x":{"y":[{}]},"request_id":1})", limits),
                  "nested deeper than 3", "1");
}

BOOST_AUTO_TEST_CASE(takes_the_default_depth_limit_exactly) {
  const auto nested = [](std::size_t depth) {
    return R"({"action":"go","x":)" + std::string(depth - 1, '[')
           + std::string(depth - 1, ']') + "}";
  };
  BOOST_TEST((decode(nested(32)).error == errc::none));
  check_malformed(decode(nested(33)), "nested deeper than 32");
}

BOOST_AUTO_TEST_CASE(refuses_an_action_of_the_wrong_type) {
  for (std::string_view action : {"1", "true", "false", "1.5", "[]", "{}"})
    check_malformed(decode(R"({"route":"r","request_id":7,"action":)"
                           + std::string(action) + "}"),
                    no_action, "7");
}

BOOST_AUTO_TEST_CASE(refuses_a_route_of_the_wrong_type) {
  for (std::string_view route : {"null", "1", "true", "[]", "{}"})
    check_malformed(decode(R"({"action":"go","request_id":7,"route":)"
                           + std::string(route) + "}"),
                    no_route, "7");
}

BOOST_AUTO_TEST_CASE(takes_the_route_limit_exactly) {
  stagedoor::limits limits;
  limits.route_bytes_max = 5;
  const auto decoded = decode(with_route(5), limits);
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "a|rrrrr|1");
  check_malformed(decode(with_route(6), limits),
                  R"("route" is longer than 5 bytes)", "1");
  BOOST_TEST((decode(with_route(1024)).error == errc::none));
  check_malformed(decode(with_route(1025)),
                  R"("route" is longer than 1024 bytes)", "1");
}

BOOST_AUTO_TEST_CASE(counts_the_bytes_of_a_route_not_its_letters) {
  stagedoor::limits limits;
  limits.route_bytes_max = 4;
  BOOST_TEST(
      (decode("{\"action\":\"a\",\"route\":\"\xC3\xA9\xC3\xA9\"}", limits).error
       == errc::none));
  check_malformed(
      decode("{\"action\":\"a\",\"route\":\"\xC3\xA9\xC3\xA9?\"}", limits),
      R"("route" is longer than 4 bytes)");
  // Escapes count as what they stand for.
  BOOST_TEST((decode(R"({"action":"a","route":"\u0061\u0062"})", limits).error
              == errc::none));
}

BOOST_AUTO_TEST_CASE(echoes_every_valid_request_id) {
  for (std::string_view id :
       {"null", R"("")", R"("x")", "0", "-1", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615"}) {
    const auto decoded = decode(with_request_id(id));
    BOOST_TEST((decoded.error == errc::none));
    BOOST_TEST(echo(decoded) == "a|r|" + std::string(id));
  }
}

BOOST_AUTO_TEST_CASE(refuses_every_other_request_id) {
  for (std::string_view id :
       {"1.5", "1.0", "1e2", "true", "false", "[1]", "[]", "{}",
        "18446744073709551616", "-9223372036854775809"})
    check_malformed(decode(with_request_id(id)), no_request_id);
}

BOOST_AUTO_TEST_CASE(takes_the_request_id_limit_exactly) {
  stagedoor::limits limits;
  limits.request_id_bytes_max = 4;
  BOOST_TEST(echo(decode(with_request_id(quoted(4)), limits))
             == "a|r|\"iiii\"");
  check_malformed(decode(with_request_id(quoted(5)), limits),
                  R"("request_id" is longer than 4 bytes)");
  // The limit is for strings only.
  BOOST_TEST(echo(decode(with_request_id("1234567"), limits)) == "a|r|1234567");
  BOOST_TEST(echo(decode(with_request_id(quoted(128))))
             == "a|r|" + quoted(128));
  check_malformed(decode(with_request_id(quoted(129))),
                  R"("request_id" is longer than 128 bytes)");
}

BOOST_AUTO_TEST_CASE(misses_an_action_that_is_absent_or_null) {
  for (std::string_view payload :
       {R"({"route":"r","request_id":3,"x":1})",
        R"({"action":null,"route":"r","request_id":3,"x":1})"}) {
    const auto decoded = decode(payload);
    BOOST_TEST((decoded.error == errc::action_missing));
    BOOST_TEST(echo(decoded) == "-|r|3");
  }
  BOOST_TEST((decode("{}").error == errc::action_missing));
  BOOST_TEST(echo(decode("{}")) == "-||-");
}

BOOST_AUTO_TEST_CASE(is_malformed_before_its_action_is_missing) {
  check_malformed(decode(R"({"route":null,"request_id":"x"})"), no_route,
                  "\"x\"");
  check_malformed(decode(R"({"request_id":[1]})"), no_request_id);
}

BOOST_AUTO_TEST_CASE(takes_the_last_of_duplicate_control_keys) {
  const auto decoded =
      decode(R"({"action":1,"route":null,"request_id":[],)"
             R"("action":"go","route":"r","request_id":1,"x":1,"x":2})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "go|r|1");
  BOOST_TEST(arguments(decoded) == R"({"x":2})");
  check_malformed(decode(R"({"action":"go","request_id":1,"action":2})"),
                  no_action, "1");
}

BOOST_AUTO_TEST_CASE(hands_all_other_keys_over_as_arguments_in_order) {
  const auto decoded = decode(
      R"({"z":1,"scope":{"user":1},"user":2,"action":"go","Action":3,"":4,)"
      R"("a":5})");
  BOOST_TEST(arguments(decoded)
             == R"({"z":1,"scope":{"user":1},"user":2,"Action":3,"":4,"a":5})");
}

BOOST_AUTO_TEST_CASE(takes_the_last_of_each_control_key_whatever_came_first) {
  const std::string_view values[] = {
      R"("s")", "1",          "null",
      "1.5",    "true",       "[]",
      "{}",     R"([1,"s"])", R"({"action":"in"})"};
  // What comes before the last value of a key leaves no trace.
  for (const std::string_view key : {"action", "route", "request_id"})
    for (const auto first : values)
      for (const auto last : values) {
        const auto member = [&](std::string_view value) {
          return '"' + std::string(key) + "\":" + std::string(value);
        };
        const auto twice =
            decode('{' + member(first) + ",\"x\":1," + member(last) + '}');
        const auto once = decode("{\"x\":1," + member(last) + '}');
        BOOST_TEST((twice.error == once.error));
        BOOST_TEST(echo(twice) == echo(once));
        BOOST_TEST(arguments(twice) == arguments(once));
      }
}

BOOST_AUTO_TEST_CASE(takes_control_keys_at_the_top_only) {
  const auto decoded =
      decode(R"({"data":{"action":"in","route":"in","request_id":"in"},)"
             R"("list":[{"action":1}],"action":"go"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "go||-");
  BOOST_TEST(arguments(decoded)
             == R"({"data":{"action":"in","route":"in","request_id":"in"},)"
                R"("list":[{"action":1}]})");
  // Nor do the keys inside of a control key's value count as anything.
  check_malformed(decode(R"({"action":{"action":"go","x":["a\n"]}})"),
                  no_action);
  check_malformed(decode(R"({"action":[[{"route":"r"}]],"request_id":4})"),
                  no_action, "4");
  check_malformed(decode(R"([{"action":"go"},"action",null,1,true,[],1.5])"),
                  no_object);
}

BOOST_AUTO_TEST_CASE(knows_keys_that_are_written_with_escapes) {
  const auto decoded = decode(
      R"({"\u0061ction":"g\u006f","rout\u0065":"a\/b","request\u005fid":)"
      R"("\"\u00e9","\u0078":"\n","a\ttion":{"\u0061":"b\\"}})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(echo(decoded) == "go|a/b|\"\\\"\xC3\xA9\"");
  BOOST_TEST(arguments(decoded) == R"({"x":"\n","a\ttion":{"a":"b\\"}})");
}

BOOST_AUTO_TEST_CASE(refuses_bad_numbers_inside_of_a_control_key_as_well) {
  check_malformed(decode(R"({"request_id":1,"action":[1e999]})"),
                  "a number that is too large at byte 31", "1");
  check_malformed(decode(R"({"request_id":1,"x":1e999,"action":"go"})"),
                  "a number that is too large at byte 25", "1");
  check_malformed(decode(R"({"request_id":1,"action":[1.5]})"), no_action, "1");
}

BOOST_AUTO_TEST_CASE(decodes_long_texts_whole) {
  for (const std::size_t bytes : {100U, 4095U, 4096U, 4097U, 60'000U})
    for (const std::string_view begin : {"", R"(\n)", "\xC3\xA9"}) {
      const std::string text = std::string(begin) + std::string(bytes, 'x');
      const auto decoded =
          decode(R"({"action":")" + text + R"(","x":{"k":")" + text + R"("},")"
                 + text + R"(":[")" + text + "\"]}");
      BOOST_TEST((decoded.error == errc::none));
      BOOST_TEST(to_json(json::value(*decoded.message.head.action))
                 == '"' + text + '"');
      BOOST_TEST(arguments(decoded)
                 == R"({"x":{"k":")" + text + R"("},")" + text + R"(":[")"
                        + text + "\"]}");
    }
}

BOOST_AUTO_TEST_CASE(keeps_the_place_of_the_first_of_duplicate_arguments) {
  std::string text = R"({"action":"go")";
  for (int i = 0; i < 100; ++i)
    text += ",\"k" + std::to_string(i % 50) + "\":" + std::to_string(i);
  const auto decoded = decode(text + '}');
  const auto& found = decoded.message.arguments;
  BOOST_TEST(found.size() == 50u);
  BOOST_TEST(found.begin()->key() == "k0");
  BOOST_TEST(found.at("k0").as_int64() == 50);
  BOOST_TEST(found.at("k49").as_int64() == 99);
  BOOST_TEST(arguments(decode(R"({"a":1,"action":"go","b":2,"a":3})"))
             == R"({"a":3,"b":2})");
}

BOOST_AUTO_TEST_CASE(decodes_the_key_of_a_message_that_runs_once) {
  auto decoded = decode(R"({"action":"a","once":"k","once_age":12,"x":1})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(arguments(decoded) == R"({"x":1})");
  BOOST_TEST_REQUIRE(bool(decoded.message.once));
  BOOST_TEST(decoded.message.once->key == "k");
  BOOST_TEST(decoded.message.once->age.count() == 12);
  // Escapes and any length are the action's concern.
  decoded = decode(R"({"once":"\u00e9)" + std::string(300, 'k')
                   + R"(","action":"a"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(decoded.message.once->key.size() == 302U);
  BOOST_TEST(decoded.message.once->age.count() == 0);
  // The last one counts.
  decoded = decode(R"({"once":1,"action":"a","once":"","once":"z"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(decoded.message.once->key == "z");
  // More than years are as good as years.
  decoded =
      decode(R"({"once":"k","action":"a","once_age":18446744073709551615})");
  BOOST_TEST((decoded.message.once->age == std::chrono::years{1}));
}

BOOST_AUTO_TEST_CASE(an_age_without_a_key_says_nothing) {
  const auto decoded = decode(R"({"action":"a","once_age":12})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(!decoded.message.once);
  BOOST_TEST(arguments(decoded) == "{}");
}

BOOST_AUTO_TEST_CASE(refuses_keys_that_are_no_texts) {
  for (const auto* bad : {"1", "null", "true", "1.5", "[]", "{}", "[\"k\"]"})
    check_malformed(decode(R"({"action":"a","once":)" + std::string(bad) + "}"),
                    R"("once" is no string)");
  check_malformed(decode(R"({"action":"a","once":"\ud800","request_id":1})"),
                  R"("once" has half of a surrogate pair)", "1");
  for (const auto* bad : {"\"1\"", "null", "true", "1.5", "-1", "[]", "{}"})
    check_malformed(decode(R"({"action":"a","once":"k","once_age":)"
                           + std::string(bad) + "}"),
                    R"("once_age" is no whole number of milliseconds)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace client_message_suite
