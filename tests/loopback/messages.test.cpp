// protocol/README.md, "A message from the client": what a client may send, and
// what it finds.

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/envelopes.hpp"
#include "support/one_client.hpp"

namespace messages_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

const auto pong = success(R"({"pong":true})", "ping");

/// Answers each argument with what it was converted to.
endpoint_spec typed() {
  return endpoint(
      "/ws/",
      handler("root")
          .action("integer", [](arg<"x", std::int64_t> x) { return ok(*x); })
          .action("unsigned", [](arg<"x", std::uint64_t> x) { return ok(*x); })
          .action("number", [](arg<"x", double> x) { return ok(*x); })
          .action("string",
                  [](arg<"x", std::string> x) {
                    return ok(json::value(json::string(*x)));
                  })
          .action("boolean", [](arg<"x", bool> x) { return ok(*x); })
          .action("list", [](arg<"x", json::array> x) { return ok(*x); })
          .action("dictionary", [](arg<"x", json::object> x) { return ok(*x); })
          .action("any", [](arg<"x", json::value> x) { return ok(*x); })
          .action("optional",
                  [](arg<"x", std::optional<std::int64_t>> x) {
                    return ok(*x ? json::value(**x) : json::value("none"));
                  })
          .action("all",
                  [](arg<"a", std::int64_t>, arg<"b", std::string>,
                     arg<"c", bool>, arg<"d", double>) { return ok(); }));
}

/// Answers with the bytes of an argument, and with what the query has.
endpoint_spec with_query() {
  return endpoint("/ws/")
      .route("bytes/$",
             handler("bytes").action("list",
                                     [](arg<"x", std::string> x) {
                                       json::array result;
                                       for (const unsigned char byte : *x)
                                         result.emplace_back(unsigned{byte});
                                       return ok(std::move(result));
                                     }))
      .route("fields/$", handler("fields")
                             .action("list",
                                     [](const request& req) {
                                       return ok(json::value_from(req.query()));
                                     })
                             .action("count", [](const request& req) {
                               return ok(req.query().size());
                             }));
}

/// Asks for an action of `typed` with a query and more keys.
std::string ask_with_query(one_client& fixture, const std::string& action,
                           const std::string& query,
                           const std::string& more = {}) {
  return fixture.ask(R"({"action":")" + action + R"(","route":"?)" + query + '"'
                     + more + '}');
}

/// Asks for an action of `typed` with an argument `x`.
std::string ask_x(one_client& fixture, const std::string& action,
                  const std::string& x) {
  return fixture.ask(R"({"action":")" + action + R"(","x":)" + x + "}");
}

std::string x_is_wrong(const std::string& action, const std::string& text) {
  return failure(400, R"([{"x":[")" + text + "\"]}]", action);
}

std::string text_of_depth(std::size_t depth) {
  return R"({"action":"echo","message":)" + std::string(depth - 1, '[')
         + std::string(depth - 1, ']') + "}";
}

/// A message of exactly `bytes`; its answer has the same padding.
std::string padded(std::size_t bytes) {
  const std::string before = R"({"action":"echo","message":")";
  return before + std::string(bytes - before.size() - 2, 'x') + "\"}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(messages)

// -- control keys -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_a_message_with_the_whole_envelope) {
  one_client fixture;
  BOOST_TEST(
      fixture.ask(R"({"action":"ping"})")
      == R"({"errors":[],"data":{"pong":true},"action":"ping","route":"",)"
         R"("status":200})");
}

BOOST_AUTO_TEST_CASE(the_route_is_the_root_by_default) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"ping","route":""})") == pong);
  BOOST_TEST(fixture.ask(R"( {"route" : "" , "action" : "ping"} )") == pong);
}

BOOST_AUTO_TEST_CASE(a_query_is_split_off_before_the_route_is_matched) {
  one_client fixture;
  for (const auto* route : {"?", "?a=b", "?a=b&c=d?e", "?counter/", "?%zz"})
    BOOST_TEST(fixture.ask(R"({"action":"ping","route":")" + std::string(route)
                           + "\"}")
               == success(R"({"pong":true})", "ping", route));
  BOOST_TEST(
      fixture.ask(
          R"({"action":"your_custom_action","route":"open/7/?pk=8&x=/"})")
      == success(
          R"({"message":"your_custom_action will be handled","model_id":"7"})",
          "your_custom_action", "open/7/?pk=8&x=/"));
}

BOOST_AUTO_TEST_CASE(echoes_a_request_id_of_every_valid_kind) {
  one_client fixture;
  for (const std::string id :
       {R"("a")", R"("")", R"("é\n\"\\")", "0", "1", "-1", "null",
        "9223372036854775807", "-9223372036854775808", "18446744073709551615"})
    BOOST_TEST(fixture.ask(R"({"action":"ping","request_id":)" + id + "}")
               == success(R"({"pong":true})", "ping", "", id));
}

BOOST_AUTO_TEST_CASE(echoes_a_request_id_with_every_failure) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"nope","request_id":1})")
             == failure(405,
                        R"(["Action \"nope\" not allowed in message body."])",
                        "nope", "", "1"));
  BOOST_TEST(fixture.ask(R"({"action":"a","route":"x","request_id":null})")
             == failure(404, no_route, "a", "x", "null"));
  BOOST_TEST(fixture.ask(R"({"request_id":"r"})")
             == envelope(no_action, "null", 404, {"null", "", R"("r")"}));
}

BOOST_AUTO_TEST_CASE(a_request_id_of_another_kind_is_malformed) {
  one_client fixture;
  for (const std::string id :
       {"[1]", "{}", "true", "false", "1.5", "1.0", "1e3",
        "18446744073709551616", "-9223372036854775809"})
    BOOST_TEST(fixture.ask(R"({"action":"ping","request_id":)" + id + "}")
               == malformed(no_request_id));
}

BOOST_AUTO_TEST_CASE(takes_a_request_id_of_exactly_the_limit) {
  one_client fixture;
  const auto ping = [&](const std::string& id) {
    return fixture.ask(R"({"action":"ping","request_id":")" + id + "\"}");
  };
  const auto longest = std::string(128, 'r');
  BOOST_TEST(ping(longest)
             == success(R"({"pong":true})", "ping", "", '"' + longest + '"'));
  BOOST_TEST(ping(longest + 'r') == malformed(longer("request_id", 128)));
  // Bytes, not letters.
  std::string letters;
  for (int i = 0; i < 64; ++i)
    letters += "é";
  BOOST_TEST(ping(letters)
             == success(R"({"pong":true})", "ping", "", '"' + letters + '"'));
  BOOST_TEST(ping(letters + 'r') == malformed(longer("request_id", 128)));
}

BOOST_AUTO_TEST_CASE(a_route_or_action_of_another_type_is_malformed) {
  one_client fixture;
  for (const std::string route : {"null", "1", "true", "[]", "{}", "[\"\"]"}) {
    BOOST_TEST(fixture.ask(R"({"action":"ping","route":)" + route + "}")
               == malformed(no_route_text));
    BOOST_TEST(
        fixture.ask(R"({"action":"ping","request_id":7,"route":)" + route + "}")
        == malformed(no_route_text, "7"));
  }
  for (const std::string action : {"1", "1.5", "true", "false", "[]", "{}"})
    BOOST_TEST(
        fixture.ask(R"({"route":"x","request_id":"r","action":)" + action + "}")
        == malformed(no_action_text, R"("r")"));
  BOOST_TEST(fixture.ask(R"({"action":1,"route":null,"request_id":[]})")
             == malformed(no_action_text));
}

BOOST_AUTO_TEST_CASE(a_message_without_an_action_is_404) {
  one_client fixture;
  const auto no_action_at = [](const std::string& route) {
    return envelope(no_action, "null", 404, {"null", route, ""});
  };
  BOOST_TEST(fixture.ask("{}") == no_action_at(""));
  BOOST_TEST(fixture.ask(R"({"action":null})") == no_action_at(""));
  BOOST_TEST(fixture.ask(R"({"Action":"ping"})") == no_action_at(""));
  BOOST_TEST(fixture.ask(R"({"action":null,"route":"counter/?a"})")
             == no_action_at("counter/?a"));
  BOOST_TEST(fixture.ask(R"({"route":"no/such/route"})")
             == no_action_at("no/such/route"));
}

BOOST_AUTO_TEST_CASE(takes_a_route_of_exactly_the_limit) {
  one_client fixture;
  const auto at = [&](const std::string& route) {
    return fixture.ask(
        R"({"action":"your_custom_action","request_id":1,"route":")" + route
        + "\"}");
  };
  const std::string pk(1024 - 6, 'x');
  BOOST_TEST(
      at("open/" + pk + '/')
      == success(
          R"({"message":"your_custom_action will be handled","model_id":")" + pk
              + "\"}",
          "your_custom_action", "open/" + pk + '/', "1"));
  BOOST_TEST(at("open/x" + pk + '/') == malformed(longer("route", 1024), "1"));
  // The query counts.
  BOOST_TEST(at("open/7/?" + std::string(1024 - 7, 'x'))
             == malformed(longer("route", 1024), "1"));
}

BOOST_AUTO_TEST_CASE(of_duplicate_keys_the_last_wins) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"nope","action":"ping"})") == pong);
  BOOST_TEST(fixture.ask(R"({"action":1,"route":null,"route":"",)"
                         R"("action":"ping"})")
             == pong);
  BOOST_TEST(fixture.ask(R"({"action":"ping","request_id":[],"request_id":2})")
             == success(R"({"pong":true})", "ping", "", "2"));
  BOOST_TEST(fixture.ask(R"({"request_id":2,"action":"ping","request_id":[]})")
             == malformed(no_request_id));
  BOOST_TEST(
      fixture.ask(R"({"action":"echo","message":1,"message":{"a":1,"a":2}})")
      == success(R"({"message":{"a":2}})", "echo"));
}

// -- malformed ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_no_json_object_is_malformed) {
  one_client fixture;
  for (const std::string text : {"null", "true", "1", R"("ping")", "[]",
                                 R"([{"action":"ping","request_id":1}])"})
    BOOST_TEST(fixture.ask(text) == malformed(no_object));
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_malformed_and_told_where) {
  one_client fixture;
  const std::pair<std::string, std::size_t> rows[]{
      {"", 0},
      {" ", 1},
      {"x", 0},
      {"{", 1},
      {"}", 0},
      {R"({"action":"ping")", 16},
      {R"({"action":"ping",})", 17},
      {R"({"action":"ping"}})", 17},
      {R"({"action":"ping"}{"action":"ping"})", 17},
      {R"({"action":"ping"} x)", 18},
      {R"({action:"ping"})", 1},
      {R"({'action':'ping'})", 1},
      {R"({"action" "ping"})", 10},
      {R"({"action":"ping" /**/})", 17},
      {R"({"action":"ping","x":NaN})", 21},
      {R"({"action":"ping","x":Infinity})", 21},
      {R"({"action":"ping","x":-})", 22},
      {R"({"action":"ping","x":01})", 22},
      {R"({"action":"ping","x":1.})", 23},
      {R"({"action":"ping","x":.5})", 21},
      {R"({"action":"ping","x":+1})", 21},
      {R"({"action":"ping","x":0x10})", 22},
      {R"({"action":"ping","x":undefined})", 21},
      {R"({"action":"ping","x":"\x"})", 23},
      {R"({"action":"ping","x":"\u12"})", 26},
      {"{\"action\":\"ping\",\"x\":\"\n\"}", 22},
      {"\xEF\xBB\xBF{\"action\":\"ping\"}", 0},
      {std::string("{\"action\":\"ping\"}\0", 18), 17}};
  for (const auto& [text, byte] : rows)
    BOOST_TEST_CONTEXT(text)
  BOOST_TEST(fixture.ask(text) == malformed(not_json_at(byte)));
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_CASE(a_binary_message_is_malformed) {
  one_client fixture;
  const std::pair<std::string, std::string> rows[]{
      {R"({"action":"ping","request_id":1})", "1"}, {"", ""}, {"\xFF", ""}};
  for (const auto& [bytes, request_id] : rows) {
    fixture.client.send_binary(bytes);
    BOOST_TEST(fixture.client.read_text()
               == malformed(binary_message, request_id));
  }
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_CASE(a_malformed_message_is_told_by_its_request_id) {
  one_client fixture;
  const std::pair<std::string, std::string> rows[]{
      {R"({"request_id":7,"action":ping})", not_json_at(25)},
      {R"({"action":ping,"request_id":7})", not_json_at(10)},
      {R"({"action":"ping","request_id":7)", not_json_at(31)},
      {R"({"action":"ping","request_id":7}})", not_json_at(32)},
      {R"({"x":[1,],"request_id" : 7 })", not_json_at(8)},
      {R"({"x":1e400,"request\u005fid":7})",
       "a number that is too large at byte 10"},
      {R"({"request_id":1,"x":)" + std::string(30'000, '[')
           + std::string(30'000, ']') + R"(,"request_id":7})",
       "nested deeper than 32"}};
  for (const auto& [text, reason] : rows)
    BOOST_TEST(fixture.ask(text) == malformed(reason, "7"));
  // Those that are not the message's own, or are not valid.
  for (const std::string text : {R"({"action":ping,"x":{"request_id":7}})",
                                 R"({"action":ping,"x":"\"request_id\":7"})",
                                 R"({"action":ping,"request_id":[7]})",
                                 R"({"action":ping,"request_id":"x)",
                                 R"({"action":ping}{"request_id":7})"})
    BOOST_TEST(fixture.ask(text) == malformed(not_json_at(10)));
}

BOOST_AUTO_TEST_CASE(the_log_tells_why_a_message_is_malformed) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"secret","route":1})")
             == malformed(no_route_text));
  BOOST_TEST(
      fixture.server.logs("malformed message: \"route\" is no string\n"));
  BOOST_TEST(fixture.server.log().find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(half_of_a_surrogate_pair_is_replaced_in_arguments) {
  one_client fixture;
  const auto echo = [&](const std::string& value) {
    return fixture.ask(R"({"action":"echo","message":)" + value + "}");
  };
  const auto echoed = [](const std::string& value) {
    return success(R"({"message":)" + value + "}", "echo");
  };
  BOOST_TEST(echo(R"("\ud83d")") == echoed("\"\uFFFD\""));
  BOOST_TEST(echo(R"("\uDE00")") == echoed("\"\uFFFD\""));
  BOOST_TEST(echo(R"("\udc00\ud800")") == echoed("\"\uFFFD\uFFFD\""));
  BOOST_TEST(echo(R"("a\ud83d\ud83d\ude00\\ud83d\ud83db")")
             == echoed("\"a\uFFFD\U0001F600\\\\ud83d\uFFFDb\""));
  BOOST_TEST(echo(R"([{"\ud83d":1,"k":["\ud83d"]}])")
             == echoed("[{\"\uFFFD\":1,\"k\":[\"\uFFFD\"]}]"));
  // A key that is an argument, and so nobody's.
  BOOST_TEST(fixture.ask(R"({"action\ud83d":1,"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_CASE(half_of_a_surrogate_pair_is_malformed_in_a_control_key) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"ping\ud83d","request_id":7})")
             == malformed(half_pair("action"), "7"));
  BOOST_TEST(fixture.ask(R"({"action":"ping","route":"\ud83d"})")
             == malformed(half_pair("route")));
  BOOST_TEST(fixture.ask(R"({"action":"ping","request_id":"\ud83d"})")
             == malformed(half_pair("request_id")));
  // The last one of a key counts.
  BOOST_TEST(fixture.ask(R"({"action":"\ud83d","action":"ping"})") == pong);
  // The rest has to be JSON all the same.
  BOOST_TEST(fixture.ask(R"({"action":"ping","x":"\ud83d"}})")
             == malformed(not_json_at(30)));
  BOOST_TEST(fixture.ask(R"({"action":"ping","x":1\ud83d})")
             == malformed(not_json_at(22)));
}

BOOST_AUTO_TEST_CASE(takes_a_nesting_of_exactly_the_limit) {
  one_client fixture;
  BOOST_TEST(fixture.ask(text_of_depth(32))
             == success(R"({"message":)" + std::string(31, '[')
                            + std::string(31, ']') + "}",
                        "echo"));
  BOOST_TEST(fixture.ask(text_of_depth(33))
             == malformed("nested deeper than 32"));
  BOOST_TEST(fixture.ask(text_of_depth(30'000))
             == malformed("nested deeper than 32"));
}

BOOST_AUTO_TEST_CASE(takes_a_nesting_of_exactly_a_limit_that_is_configured) {
  one_client fixture(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.json_depth_max = 1;
                     }));
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
  BOOST_TEST(fixture.ask(R"({"action":"ping","x":{}})")
             == malformed("nested deeper than 1"));
}

BOOST_AUTO_TEST_CASE(takes_a_message_of_exactly_the_limit) {
  one_client fixture;
  const auto longest = padded(65'536);
  BOOST_TEST(longest.size() == 65'536u);
  BOOST_TEST(
      (fixture.ask(longest)
       == success("{" + longest.substr(std::size(R"({"action":"echo",)") - 1),
                  "echo")));
  // The parts of a message count together.
  fixture.client.send_frame(false, opcode::text, longest.substr(0, 65'535));
  fixture.client.send_frame(true, opcode::continuation, longest.substr(65'535));
  BOOST_TEST(fixture.client.read_text().size() > 65'536u);
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limit_closes_with_1009) {
  test_server server;
  websocket_client whole(server.port(), "/ws/");
  whole.send_text(padded(65'537));
  BOOST_TEST(whole.read_close().code == 1009);
  websocket_client parts(server.port(), "/ws/");
  parts.send_frame(false, opcode::text, padded(65'536));
  parts.send_frame(true, opcode::continuation, "x");
  BOOST_TEST(parts.read_close().code == 1009);
  // It is the announced length that counts.
  websocket_client announced(server.port(), "/ws/");
  announced.send_bytes(
      encode_frame(true, opcode::text, padded(65'537)).substr(0, 100));
  BOOST_TEST(announced.read_close().code == 1009);
}

BOOST_AUTO_TEST_CASE(goes_on_after_every_malformed_message) {
  one_client fixture;
  for (int i = 0; i < 40; ++i) {
    BOOST_TEST(fixture.client.ask("x") == malformed(not_json_at(0)));
    if (i % 15 == 14)
      BOOST_TEST(fixture.client.ask(R"({"action":"ping"})") == pong);
  }
}

BOOST_AUTO_TEST_CASE(closes_with_1008_after_16_malformed_messages_in_a_row) {
  one_client fixture;
  for (int i = 0; i < 15; ++i)
    BOOST_TEST(fixture.client.ask("x") == malformed(not_json_at(0)));
  BOOST_TEST(fixture.client.ask(R"({"action":"ping"})") == pong);
  for (int i = 0; i < 16; ++i)
    BOOST_TEST(fixture.client.ask("x") == malformed(not_json_at(0)));
  BOOST_TEST(fixture.client.read_close().code == 1008);
  fixture.client.send_close(1008);
  BOOST_TEST(fixture.client.expect_eof());
}

BOOST_AUTO_TEST_CASE(sends_all_16_envelopes_to_who_sends_without_reading) {
  one_client fixture;
  for (int i = 0; i < 40; ++i)
    fixture.client.send_text("x");
  for (int i = 0; i < 16; ++i)
    BOOST_TEST(fixture.client.read_text() == malformed(not_json_at(0)));
  BOOST_TEST(fixture.client.read_close().code == 1008);
}

BOOST_AUTO_TEST_CASE(how_many_malformed_messages_are_borne_is_configured) {
  one_client fixture(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.malformed_in_row_max = 1;
                     }));
  BOOST_TEST(fixture.client.ask("[]") == malformed(no_object));
  BOOST_TEST(fixture.client.read_close().code == 1008);
}

BOOST_AUTO_TEST_CASE(only_malformed_messages_count_for_the_1008) {
  one_client fixture;
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(fixture.client.ask("{}")
               == envelope(no_action, "null", 404, {"null", "", ""}));
    BOOST_TEST(fixture.client.ask(R"({"action":"a","route":"x"})")
               == failure(404, no_route, "a", "x"));
  }
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(writes_numbers_as_javascript_does) {
  one_client fixture;
  const std::pair<std::string, std::string> rows[]{
      {"0", "0"},
      {"-1", "-1"},
      {"2.5", "2.5"},
      {"2.50", "2.5"},
      {"2.0", "2"},
      {"0.1", "0.1"},
      {"-0.0", "0"},
      {"1E5", "100000"},
      {"1e21", "1e+21"},
      {"1e20", "100000000000000000000"},
      {"0.000001", "0.000001"},
      {"1e-7", "1e-7"},
      {"123e-9", "1.23e-7"},
      {"0.30000000000000004", "0.30000000000000004"},
      {"5e-324", "5e-324"},
      {"1e-400", "0"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
      {"18446744073709551616", "18446744073709552000"},
      {"-9223372036854775809", "-9223372036854776000"},
  };
  for (const auto& [sent, echoed] : rows)
    BOOST_TEST(fixture.ask(R"({"action":"echo","message":)" + sent + "}")
               == success(R"({"message":)" + echoed + "}", "echo"));
}

BOOST_AUTO_TEST_CASE(a_number_that_no_double_holds_is_malformed) {
  one_client fixture;
  const std::vector<std::string> numbers{"1e400", "-1e400", "1.8e308",
                                         std::string(400, '9')};
  for (const auto& number : numbers)
    BOOST_TEST(fixture.ask(R"({"action":"echo","message":)" + number + "}")
               == malformed("a number that is too large at byte "
                            + std::to_string(27 + number.size())));
}

BOOST_AUTO_TEST_CASE(echoes_every_kind_of_value_compactly_in_order) {
  one_client fixture;
  const std::pair<std::string, std::string> rows[]{
      {"null", "null"},
      {"true", "true"},
      {R"( [ 1 , [ ] , { } ] )", "[1,[],{}]"},
      {R"({"b":1,"a":{"d":2,"c":3}})", R"({"b":1,"a":{"d":2,"c":3}})"},
      {R"("\u00e9\u20ac\ud83d\ude00")", R"("é€😀")"},
      {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")"},
      {R"("\u0000\u001f\u007f")", "\"\\u0000\\u001f\x7F\""},
  };
  for (const auto& [sent, echoed] : rows)
    BOOST_TEST(fixture.ask(R"({"action":"echo","message":)" + sent + "}")
               == success(R"({"message":)" + echoed + "}", "echo"));
}

// -- arguments ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(ignores_keys_that_an_action_does_not_declare) {
  one_client fixture({typed()});
  BOOST_TEST(fixture.ask(R"({"action":"integer","x":1,"scope":{"user":1},)"
                         R"("user":{"id":1},"status":500,"errors":[1]})")
             == success("1", "integer"));
}

BOOST_AUTO_TEST_CASE(no_key_of_the_body_names_a_user_or_a_scope) {
  one_client fixture;
  BOOST_TEST(
      fixture.ask(R"({"action":"whoami","user":{"id":1,"username":"alice"},)"
                  R"("scope":{"user":{"id":1}},"is_authenticated":true})")
      == success(R"({"id":null,"username":"","is_authenticated":false,)"
                 R"("roles":[],"groups":[]})",
                 "whoami"));
}

BOOST_AUTO_TEST_CASE(captures_win_over_the_body) {
  one_client fixture;
  BOOST_TEST(
      fixture.ask(
          R"({"action":"your_custom_action","route":"open/7/","pk":"8"})")
      == success(
          R"({"message":"your_custom_action will be handled","model_id":"7"})",
          "your_custom_action", "open/7/"));
}

BOOST_AUTO_TEST_CASE(captures_are_strings_that_are_converted) {
  one_client fixture({endpoint("/ws/").route("(?P<x>[^/]*)/$", [] {
    handler_spec root = typed().root;
    return root;
  }())});
  const auto at = [&](const std::string& action, const std::string& x) {
    return fixture.ask(R"({"action":")" + action + R"(","route":")" + x
                       + R"(/","x":"body"})");
  };
  BOOST_TEST(at("integer", "-12") == success("-12", "integer", "-12/"));
  BOOST_TEST(at("number", "2.5") == success("2.5", "number", "2.5/"));
  BOOST_TEST(at("boolean", "true") == success("true", "boolean", "true/"));
  BOOST_TEST(at("string", "") == success(R"("")", "string", "/"));
  BOOST_TEST(at("any", "1") == success(R"("1")", "any", "1/"));
  BOOST_TEST(at("integer", "seven")
             == failure(400, R"([{"x":["A valid integer is required."]}])",
                        "integer", "seven/"));
}

BOOST_AUTO_TEST_CASE(values_of_the_query_are_converted_as_captures) {
  one_client fixture({typed()});
  const std::vector<std::vector<std::string>> rows{
      {"integer", "x=-12", "-12"},
      {"integer", "y=1&x=%207+", "7"},
      {"unsigned", "x=18446744073709551615", "18446744073709551615"},
      {"number", "x=2.5", "2.5"},
      {"string", "x=a+b%2Bc%26", R"("a b+c&")"},
      {"string", "x=é%C3%A9?x=/", R"("éé?x=/")"},
      {"string", "x=%&y", R"("%")"},
      {"string", "x=caf%E9", R"("caf�")"},
      {"string", "x", R"("")"},
      {"string", "x=", R"("")"},
      {"boolean", "x=off", "false"},
      {"any", "x=1", R"("1")"},
      {"any", "x=2&x=1&y=3&x=2", R"(["2","1","2"])"},
      {"list", "x=2&x=1&y=3&x=2", R"(["2","1","2"])"},
      {"list", "x=1", R"(["1"])"},
      {"list", "x", R"([""])"},
      {"optional", "x=7", "7"},
      {"optional", "y=7", R"("none")"},
  };
  for (const auto& row : rows)
    BOOST_TEST(ask_with_query(fixture, row[0], row[1])
               == success(row[2], row[0], '?' + row[1]));
  const auto is_wrong = [&](const std::string& action, const std::string& query,
                            const std::string& text) {
    BOOST_TEST(
        ask_with_query(fixture, action, query)
        == failure(400, R"([{"x":[")" + text + "\"]}]", action, '?' + query));
  };
  is_wrong("integer", "x=seven", "A valid integer is required.");
  is_wrong("integer", "x=", "A valid integer is required.");
  is_wrong("integer", "x=1&x=1", "A valid integer is required.");
  is_wrong("number", "x=1&x=1", "A valid number is required.");
  is_wrong("string", "x=1&x=1", "Not a valid string.");
  is_wrong("boolean", "x=1&x=1", "Must be a valid boolean.");
  is_wrong("dictionary", "x=1",
           R"(Expected a dictionary of items but got type \"str\".)");
  is_wrong("integer", "X=1&%78%78=1", "This field is required.");
}

BOOST_AUTO_TEST_CASE(the_query_wins_over_the_body_and_captures_over_both) {
  one_client fixture(
      {endpoint("/ws/", typed().root).route("(?P<x>[^/]*)/$", typed().root)});
  const auto body = R"(,"x":3)";
  BOOST_TEST(ask_with_query(fixture, "integer", "x=2", body)
             == success("2", "integer", "?x=2"));
  BOOST_TEST(ask_with_query(fixture, "integer", "y=2", body)
             == success("3", "integer", "?y=2"));
  BOOST_TEST(ask_with_query(fixture, "integer", "x=2", R"(,"x":null)")
             == success("2", "integer", "?x=2"));
  BOOST_TEST(fixture.ask(R"({"action":"integer","route":"1/?x=2&x=4","x":3})")
             == success("1", "integer", "1/?x=2&x=4"));
  BOOST_TEST(ask_with_query(fixture, "all", "a=1&d=x&c=on&c", R"(,"a":"x")")
             == failure(400,
                        R"([{"b":["This field is required."],)"
                        R"("c":["Must be a valid boolean."],)"
                        R"("d":["A valid number is required."]}])",
                        "all", "?a=1&d=x&c=on&c"));
}

BOOST_AUTO_TEST_CASE(no_value_of_the_query_is_control_data) {
  one_client fixture({typed()});
  const std::string query =
      "action=any&route=fields/&request_id=1&user=1&scope=1&x=1";
  BOOST_TEST(ask_with_query(fixture, "integer", query)
             == success("1", "integer", '?' + query));
  BOOST_TEST(ask_with_query(fixture, "nope", query)
             == failure(405,
                        R"(["Action \"nope\" not allowed in message body."])",
                        "nope", '?' + query));
  BOOST_TEST(
      fixture.ask(R"({"route":"?action=integer&x=1"})")
      == envelope(no_action, "null", 404, {"null", "?action=integer&x=1", ""}));
}

BOOST_AUTO_TEST_CASE(every_escaped_byte_of_a_query_arrives) {
  one_client fixture({with_query()});
  const std::string digits = "0123456789abcdef";
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto route = "bytes/?x=%" + digits.substr(byte / 16, 1)
                       + digits.substr(byte % 16, 1);
    BOOST_TEST(fixture.ask(R"({"action":"list","route":")" + route + "\"}")
               == success(byte < 128 ? '[' + std::to_string(byte) + ']'
                                     : "[239,191,189]",
                          "list", route));
  }
}

BOOST_AUTO_TEST_CASE(an_action_may_look_at_the_whole_query) {
  one_client fixture({with_query()});
  const std::string route = "fields/?b=2&a=1&b&=x&&action=c&%FF=%";
  BOOST_TEST(fixture.ask(R"({"action":"list","route":")" + route + "\"}")
             == success(R"([["b","2"],["a","1"],["b",""],["","x"],)"
                        R"(["action","c"],["�","%"]])",
                        "list", route));
  for (const auto* none : {"fields/", "fields/?", "fields/?&&"})
    BOOST_TEST(
        fixture.ask(R"({"action":"list","route":")" + std::string(none) + "\"}")
        == success("[]", "list", none));
}

BOOST_AUTO_TEST_CASE(queries_up_to_the_limit_of_the_route_are_taken) {
  one_client fixture({with_query()});
  const std::pair<std::string, std::string> rows[]{
      {"&", "0"},    {"=", "1"},    {"%", "1"},        {"?", "1"}, {"+", "1"},
      {"=&", "508"}, {"a&", "508"}, {"%ff=%&", "169"}, {"é", "1"}};
  for (const auto& [part, count] : rows) {
    std::string route = "fields/?";
    while (route.size() + part.size() <= 1024)
      route += part;
    BOOST_TEST(fixture.ask(R"({"action":"count","route":")" + route + "\"}")
               == success(count, "count", route));
    route.resize(1024, '&');
    BOOST_TEST(fixture.ask(R"({"action":"count","route":")" + route + "\"}")
               == success(count, "count", route));
    BOOST_TEST(fixture.ask(R"({"action":"count","route":")" + route + "&\"}")
               == malformed(longer("route", 1024)));
  }
}

BOOST_AUTO_TEST_CASE(converts_arguments_to_their_declared_types) {
  one_client fixture({typed()});
  const std::vector<std::vector<std::string>> rows{
      {"integer", "7", "7"},
      {"integer", R"("7")", "7"},
      {"integer", R"(" -7 ")", "-7"},
      {"integer", "-9223372036854775808", "-9223372036854775808"},
      {"unsigned", "18446744073709551615", "18446744073709551615"},
      {"unsigned", R"("18446744073709551615")", "18446744073709551615"},
      {"number", "1", "1"},
      {"number", "2.5", "2.5"},
      {"number", R"("2.5")", "2.5"},
      {"string", R"("a")", R"("a")"},
      {"string", R"("")", R"("")"},
      {"boolean", "true", "true"},
      {"boolean", "false", "false"},
      {"list", "[1,[2]]", "[1,[2]]"},
      {"dictionary", R"({"a":[]})", R"({"a":[]})"},
      {"any", "null", "null"},
      {"optional", "null", R"("none")"},
      {"optional", "7", "7"},
  };
  for (const auto& row : rows)
    BOOST_TEST(ask_x(fixture, row[0], row[1]) == success(row[2], row[0]));
  BOOST_TEST(fixture.ask(R"({"action":"optional"})")
             == success(R"("none")", "optional"));
}

BOOST_AUTO_TEST_CASE(tells_what_is_wrong_with_an_argument) {
  one_client fixture({typed()});
  const std::vector<std::vector<std::string>> rows{
      {"integer", "null", "This field may not be null."},
      {"integer", "2.5", "A valid integer is required."},
      {"integer", R"("x")", "A valid integer is required."},
      {"integer", R"("")", "A valid integer is required."},
      {"integer", "true", "A valid integer is required."},
      {"integer", "[]", "A valid integer is required."},
      {"integer", "9223372036854775808", "A valid integer is required."},
      {"unsigned", "-1", "A valid integer is required."},
      {"number", R"("x")", "A valid number is required."},
      {"number", R"("nan")", "A valid number is required."},
      {"number", R"("1e400")", "A valid number is required."},
      {"number", "{}", "A valid number is required."},
      {"string", "true", "Not a valid string."},
      {"string", "[]", "Not a valid string."},
      {"string", "null", "This field may not be null."},
      {"boolean", R"("maybe")", "Must be a valid boolean."},
      {"boolean", "2", "Must be a valid boolean."},
      {"boolean", "[]", "Must be a valid boolean."},
      {"list", R"("a")", R"(Expected a list of items but got type \"str\".)"},
      {"list", "{}", R"(Expected a list of items but got type \"dict\".)"},
      {"list", "1", R"(Expected a list of items but got type \"int\".)"},
      {"dictionary", "[]",
       R"(Expected a dictionary of items but got type \"list\".)"},
      {"dictionary", "1.5",
       R"(Expected a dictionary of items but got type \"float\".)"},
      {"dictionary", "true",
       R"(Expected a dictionary of items but got type \"bool\".)"},
      {"optional", R"("x")", "A valid integer is required."},
  };
  for (const auto& row : rows)
    BOOST_TEST(ask_x(fixture, row[0], row[1]) == x_is_wrong(row[0], row[2]));
  for (const std::string action : {"integer", "string", "list", "any"})
    BOOST_TEST(fixture.ask(R"({"action":")" + action + R"("})")
               == x_is_wrong(action, "This field is required."));
}

BOOST_AUTO_TEST_CASE(tells_all_that_is_wrong_at_once) {
  one_client fixture({typed()});
  BOOST_TEST(fixture.ask(R"({"action":"all","d":"x","c":null,"b":"fine"})")
             == failure(400,
                        R"([{"a":["This field is required."],)"
                        R"("c":["This field may not be null."],)"
                        R"("d":["A valid number is required."]}])",
                        "all"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace messages_suite
