#include "stagedoor/protocol/dialects/dcrf_message.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace dcrf_message_suite {

using namespace stagedoor;

namespace {

decoded_message decode(std::string_view payload, const limits& limits = {}) {
  return decode_dcrf_message(payload, frame_type::text, limits);
}

/// The head as one text: action, route, request_id; `-` is absent.
std::string head_of(const decoded_message& decoded) {
  const auto& head = decoded.message.head;
  return head.action.value_or("-") + '|' + head.route + '|'
         + (head.request_id ? to_json(*head.request_id) : "-");
}

std::string arguments(const decoded_message& decoded) {
  return to_json(json::value(decoded.message.arguments));
}

/// A message that is answered without being handled.
void check_malformed(const decoded_message& decoded, std::string_view reason,
                     std::string_view head) {
  BOOST_TEST((decoded.error == errc::malformed_message));
  BOOST_TEST(decoded.reason == reason);
  BOOST_TEST(head_of(decoded) == head);
  BOOST_TEST(decoded.message.arguments.empty());
}

std::string route_of(std::string_view payload) {
  const auto decoded = decode(payload);
  BOOST_TEST((decoded.error == errc::none));
  return decoded.message.head.route;
}

std::string quoted(std::size_t bytes) {
  return '"' + std::string(bytes, 'x') + '"';
}

} // namespace

BOOST_AUTO_TEST_SUITE(dcrf_message)

BOOST_AUTO_TEST_CASE(decodes_a_message_without_a_stream) {
  const auto decoded =
      decode(R"({"action":"update","request_id":"r","pk":2,"data":{"a":[1]}})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(head_of(decoded) == R"(update||["r",null,2])");
  BOOST_TEST(arguments(decoded) == R"({"pk":2,"data":{"a":[1]}})");
}

BOOST_AUTO_TEST_CASE(takes_a_stream_for_a_route) {
  const auto decoded =
      decode(R"({"stream":"posts","v":2,"payload":{"action":"retrieve",)"
             R"("request_id":"r","pk":"a","stream":"s"}})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(head_of(decoded) == R"(retrieve|posts/|["r","posts","a"])");
  BOOST_TEST(arguments(decoded) == R"({"pk":"a","stream":"s"})");
}

BOOST_AUTO_TEST_CASE(finds_the_stream_of_each_route_that_it_has_made) {
  for (const auto* name : {"", "posts", "a/b", "a/", "?", "a?b=/", "/?x", "é"})
    for (const auto* more : {"", R"(,"limit":3)", R"(,"query":{"a":"/?"})"}) {
      const auto text = std::string{R"({"stream":)"} + to_json_string(name)
                        + R"(,"payload":{"action":"list")" + more + "}}";
      const auto route = route_of(text);
      BOOST_TEST((stream_of(route) == std::string_view{name}), route);
    }
  for (const auto* text : {R"({"action":"list"})", R"({"action":"go"})",
                           R"({"action":"list","query":{"a":"/?"}})"})
    BOOST_TEST((stream_of(route_of(text)) == std::nullopt), text);
}

BOOST_AUTO_TEST_CASE(has_two_names_for_two_actions) {
  const auto action = [](const std::string& name) {
    return *decode(R"({"action":")" + name + "\"}").message.head.action;
  };
  BOOST_TEST(action("patch") == "partial_update");
  BOOST_TEST(action("delete") == "destroy");
  BOOST_TEST(action("partial_update") == "patch");
  BOOST_TEST(action("destroy") == "delete");
  BOOST_TEST(action("update") == "update");
  BOOST_TEST(action("") == "");
}

BOOST_AUTO_TEST_CASE(takes_a_request_id_of_any_type) {
  for (const auto* id :
       {R"("s")", "0", "-1", "1.5", "true", "[]", R"([1,{"a":null}])", "{}"})
    BOOST_TEST(head_of(decode(std::string{R"({"action":"a","request_id":)"} + id
                              + "}"))
               == "a||[" + std::string{id} + ",null,null]");
  for (const auto* text :
       {R"({"action":"a","request_id":null})", R"({"action":"a"})"})
    BOOST_TEST(head_of(decode(text)) == "a||-");
}

BOOST_AUTO_TEST_CASE(puts_the_options_of_a_list_into_the_query) {
  BOOST_TEST(route_of(R"({"action":"list","limit":3,"offset":"6"})")
             == "?limit=3&offset=6");
  BOOST_TEST(
      route_of(R"({"stream":"p","payload":{"action":"list","data":{"page":2},)"
               R"("query":{"search":"a b&é","published":true,"x":null,)"
               R"("y":[1]}}})")
      == "p/?page=2&search=a%20b%26%C3%A9&published=true");
  BOOST_TEST(route_of(R"({"action":"subscribe","query":{"author":1}})")
             == "?author=1");
  // Other actions find these keys where they are.
  BOOST_TEST(route_of(R"({"action":"go","limit":3,"data":{"a":1}})") == "");
  BOOST_TEST(route_of(R"({"action":"list","data":null,"query":"x=1"})") == "");
}

BOOST_AUTO_TEST_CASE(finds_what_is_wrong_with_a_message) {
  check_malformed(decode("["), "not JSON at byte 1", "-||-");
  check_malformed(decode("[1]"), "not a JSON object", "-||-");
  check_malformed(decode(R"({"request_id":7,)"), "not JSON at byte 16", "-||7");
  check_malformed(decode_dcrf_message("{}", frame_type::binary, limits{}),
                  "a binary message; send text", "-||-");
  check_malformed(decode(R"({"action":1,"request_id":7})"),
                  R"("action" is no string)", "-||[7,null,null]");
  check_malformed(decode(R"({"action":"unsubscribe_instance"})"),
                  R"("pk" is missing)", "-||-");
  check_malformed(decode(R"({"stream":1,"payload":{"action":"a"}})"),
                  R"("stream" is no string)", "-||-");
  check_malformed(decode(R"({"stream":"p"})"), R"("payload" is no object)",
                  "-|p/|-");
  check_malformed(decode(R"({"stream":"p","payload":[]})"),
                  R"("payload" is no object)", "-|p/|-");
}

BOOST_AUTO_TEST_CASE(answers_a_message_without_an_action_where_it_came_from) {
  for (const auto* action : {"", R"(,"action":null)"}) {
    const auto decoded =
        decode(std::string{R"({"stream":"p","payload":{"request_id":1)"}
               + action + "}}");
    BOOST_TEST((decoded.error == errc::action_missing));
    BOOST_TEST(head_of(decoded) == R"(-|p/|[1,"p",null])");
  }
}

BOOST_AUTO_TEST_CASE(keeps_to_its_limits) {
  limits bounds;
  bounds.route_bytes_max = 16;
  bounds.request_id_bytes_max = 8;
  const auto with_stream = [&](std::size_t bytes) {
    return decode(R"({"stream":)" + quoted(bytes)
                      + R"(,"payload":{"action":"a","request_id":1}})",
                  bounds);
  };
  BOOST_TEST((with_stream(15).error == errc::none));
  const auto name = std::string(16, 'x');
  check_malformed(with_stream(16), R"("stream" is longer than 15 bytes)",
                  "-|" + name + "/|[1,\"" + name + "\",null]");
  const auto with_id = [&](const std::string& id) {
    return decode(R"({"action":"a","request_id":)" + id + "}", bounds);
  };
  BOOST_TEST((with_id(quoted(8)).error == errc::none));
  BOOST_TEST((with_id("[1,2,34]").error == errc::none));
  for (const auto& id : {quoted(9), std::string{"[1,2,345]"}})
    check_malformed(with_id(id), R"("request_id" is longer than 8 bytes)",
                    "-||-");
  const auto with_option = [&](const std::string& value) {
    return decode(R"({"stream":"p","payload":{"action":"list","query":{"q":")"
                      + value + "\"}}}",
                  bounds);
  };
  BOOST_TEST((with_option(std::string(11, 'y')).error == errc::none));
  check_malformed(with_option(std::string(12, 'y')),
                  "the options of a list are longer than 14 bytes", "-|p/|-");
  bounds.json_depth_max = 3;
  const auto nested = R"({"stream":"p","payload":{"action":"a","x":[[]]}})";
  check_malformed(decode(nested, bounds), "nested deeper than 3", "-||-");
}

BOOST_AUTO_TEST_CASE(mends_halves_of_surrogate_pairs) {
  const auto decoded = decode(R"({"action":"a","data":"x\ud83dy"})");
  BOOST_TEST((decoded.error == errc::none));
  BOOST_TEST(arguments(decoded) == "{\"data\":\"x\xEF\xBF\xBDy\"}");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_message_suite
