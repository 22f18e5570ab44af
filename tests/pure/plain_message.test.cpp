// What is decoded without a parser is decoded as a parser does it.

#include "stagedoor/protocol/plain_message.hpp"

#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace plain_message_suite {

using namespace stagedoor;

namespace {

bool is_plain(std::string_view payload, const limits& limits = {}) {
  client_message ignored;
  return decode_plain_message(payload, limits, ignored);
}

/// A message as one text, without the order of its control keys.
std::string text_of(const client_message& message) {
  const auto& head = message.head;
  return head.action.value_or("-") + '|' + head.route + '|'
         + (head.request_id ? to_json(*head.request_id) : "-") + '|'
         + to_json(json::value(message.arguments));
}

/// The same by a parser of JSON; empty if it is no message.
std::string parsed(std::string_view payload) {
  const auto whole = parse_json(payload, 32);
  if (!whole || !whole->is_object())
    return {};
  client_message result;
  for (const auto& [key, value] : whole->get_object())
    if (key == "action" && value.is_string())
      result.head.action = value.get_string();
    else if (key == "route" && value.is_string())
      result.head.route = value.get_string();
    else if (key == "request_id")
      result.head.request_id = value;
    else
      result.arguments.emplace(key, value);
  return text_of(result);
}

/// Checks a payload; says whether it was plain.
bool check(std::string_view payload) {
  client_message message;
  if (!decode_plain_message(payload, {}, message))
    return false;
  BOOST_TEST(text_of(message) == parsed(payload),
             "decoded otherwise than by a parser: " << payload);
  return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(plain_message)

BOOST_AUTO_TEST_CASE(decodes_what_most_clients_send) {
  BOOST_TEST(check(R"({"action":"go"})"));
  BOOST_TEST(check(R"({"route":"open/42/?a=b","action":"go"})"));
  BOOST_TEST(check(R"({"action":"","route":"","request_id":"","":""})"));
  BOOST_TEST(check(R"({"request_id":7,"action":"go","pk":-42,"name":"Ada"})"));
  BOOST_TEST(check(" {\t\"action\"\r:\n\"go\" , \"pk\" : 1 } \n"));
  BOOST_TEST(check("{\"action\":\"go\",\"x\":\"~ \x7f/'\"}"));
}

BOOST_AUTO_TEST_CASE(leaves_other_values_to_the_parser) {
  for (const std::string_view value :
       {"null", "true",    "false",       "[]",           "{}",       "1.0",
        "1e2",  "1E2",     "01",          "-0",           "-",        "--1",
        "+1",   "\"\\n\"", "\"\\u0061\"", "\"\xc3\xa4\"", "\"\x01\"", "\"a",
        "a\"",  ""}) {
    const auto text = std::string{value};
    BOOST_TEST(!is_plain(R"({"action":"go","x":)" + text + '}'), text);
    BOOST_TEST(!is_plain(R"({"x":)" + text + R"(,"action":"go"})"), text);
  }
}

BOOST_AUTO_TEST_CASE(leaves_what_is_no_message_to_the_parser) {
  for (const std::string_view payload : {"",
                                         " ",
                                         "{",
                                         "}",
                                         "{}",
                                         "[]",
                                         "\"action\"",
                                         R"({"route":"r"})",
                                         R"({"action":1})",
                                         R"({"action":"go","route":1})",
                                         R"({"action":"go",})",
                                         R"({,"action":"go"})",
                                         R"({"action":"go")",
                                         R"({"action":"go"}})",
                                         R"({"action":"go"} x)",
                                         R"({"action" "go"})",
                                         R"({"action":"go" "x":1})",
                                         R"({action:"go"})",
                                         R"({"action":"go","x"})",
                                         R"({"action":"go","x":})",
                                         R"({"acti\u006fn":"go"})"})
    BOOST_TEST(!is_plain(payload), payload);
}

BOOST_AUTO_TEST_CASE(leaves_keys_that_come_twice_to_the_parser) {
  BOOST_TEST(!is_plain(R"({"action":"a","action":"b"})"));
  BOOST_TEST(!is_plain(R"({"action":"a","route":"","route":"b"})"));
  BOOST_TEST(!is_plain(R"({"action":"a","request_id":"","request_id":1})"));
  BOOST_TEST(!is_plain(R"({"action":"a","x":1,"x":1})"));
}

BOOST_AUTO_TEST_CASE(takes_integers_of_up_to_18_digits) {
  const std::string most(18, '9');
  for (const auto& sign : {"", "-"}) {
    const auto begin = R"({"action":"go","x":)" + std::string{sign} + most;
    BOOST_TEST(check(begin + '}'));
    BOOST_TEST(!is_plain(begin + "9}"));
  }
  BOOST_TEST(check(R"({"action":"go","x":0})"));
}

BOOST_AUTO_TEST_CASE(takes_texts_up_to_their_limits) {
  limits bounds;
  bounds.route_bytes_max = 3;
  bounds.request_id_bytes_max = 4;
  BOOST_TEST(
      is_plain(R"({"action":"a","route":"123","request_id":"1234"})", bounds));
  BOOST_TEST(!is_plain(R"({"action":"a","route":"1234"})", bounds));
  BOOST_TEST(!is_plain(R"({"action":"a","request_id":"12345"})", bounds));
}

BOOST_AUTO_TEST_CASE(decodes_as_a_parser_does) {
  // Pieces of messages in any order, so that few are whole; some are damaged.
  constexpr std::array<std::string_view, 24> pieces{"{",
                                                    "}",
                                                    ",",
                                                    ":",
                                                    " ",
                                                    "\"",
                                                    "\"action\"",
                                                    "\"route\"",
                                                    "\"request_id\"",
                                                    "\"x\"",
                                                    "\"y\"",
                                                    "\"\"",
                                                    "1",
                                                    "-2",
                                                    "0",
                                                    "\\",
                                                    "\n",
                                                    "\"action\":\"go\"",
                                                    "\"route\":\"a/b\"",
                                                    "\"request_id\":5",
                                                    "\"x\":\"1\"",
                                                    "\"y\":3",
                                                    "{\"action\":\"go\",",
                                                    "9007199254740993"};
  std::mt19937 random{1};
  std::size_t plain = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string payload = "{";
    for (auto left = random() % 4; left > 0; --left)
      ((payload += pieces[17 + random() % 5]) +=
       random() % 8 == 0 ? " ," : ",");
    payload += pieces[random() % pieces.size()];
    payload += random() % 8 == 0 ? " } " : "}";
    if (random() % 4 == 0)
      payload.insert(random() % payload.size(),
                     pieces[random() % pieces.size()]);
    if (random() % 8 == 0)
      payload[random() % payload.size()] = static_cast<char>(random() % 256);
    plain += check(payload) ? 1 : 0;
  }
  BOOST_TEST(plain > 1'000u);
}

BOOST_AUTO_TEST_CASE(a_message_that_runs_once_is_for_the_parser) {
  BOOST_TEST(!is_plain(R"({"action":"a","once":"k"})"));
  BOOST_TEST(!is_plain(R"({"action":"a","once":1})"));
  BOOST_TEST(!is_plain(R"({"action":"a","once_age":1})"));
  BOOST_TEST(is_plain(R"({"action":"a","once_more":1,"onc":2})"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace plain_message_suite
