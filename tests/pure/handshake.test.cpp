#include "stagedoor/protocol/websocket/handshake.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handshake_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

/// `<status> <detail>|<code>`, then `|<name>: <value>` for each header.
std::string show(const http_answer& answer) {
  const auto body = parse_json(answer.body, 1).value().as_object();
  auto result = std::to_string(answer.status) + " "
                + std::string(body.at("detail").as_string()) + "|"
                + std::string(body.at("code").as_string());
  for (const auto& [name, value] : answer.headers)
    result += "|" + name + ": " + value;
  return result;
}

fields cookies_of(std::string value) {
  return parse_cookies({{"cookie", std::move(value)}});
}

opening_request upgrade_request() {
  opening_request result;
  result.method = "GET";
  result.target = "/ws/";
  result.headers = {{"host", "example.org"},
                    {"connection", "Upgrade"},
                    {"upgrade", "websocket"},
                    {"sec-websocket-version", "13"},
                    {"sec-websocket-key", "AAECAwQFBgcICQoLDA0ODw=="}};
  return result;
}

void drop(fields& headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& x) { return x.first == name; });
}

/// Checks a good upgrade in which `name` has `values` instead.
std::optional<refusal> check_with(std::string_view name,
                                  const strings& values) {
  auto request = upgrade_request();
  drop(request.headers, name);
  for (const auto& value : values)
    request.headers.emplace_back(name, value);
  return check_upgrade(request);
}

bool key_is_valid(std::string key) {
  const auto answer = check_with("sec-websocket-key", {std::move(key)});
  BOOST_TEST((!answer || *answer == refusal::bad_handshake));
  return !answer;
}

} // namespace

BOOST_AUTO_TEST_SUITE(handshake)

BOOST_AUTO_TEST_CASE(every_refusal_has_its_status_text_and_word) {
  const std::pair<refusal, std::string_view> rows[]{
      {refusal::head_too_large, "431 Request head too large|head_too_large"},
      {refusal::timeout, "408 Request timed out|timeout"},
      {refusal::bad_request, "400 Bad request|bad_request"},
      {refusal::unavailable,
       "503 Service unavailable|unavailable|Retry-After: 5"},
      {refusal::not_found, "404 Not found|not_found"},
      {refusal::upgrade_required,
       "426 WebSocket upgrade required|upgrade_required|Upgrade: websocket"},
      {refusal::wrong_version,
       "426 WebSocket version 13 required|upgrade_required|"
       "Upgrade: websocket|Sec-WebSocket-Version: 13"},
      {refusal::bad_handshake, "400 Bad WebSocket handshake|bad_handshake"},
      {refusal::origin_not_allowed,
       "403 Origin not allowed|origin_not_allowed"},
      {refusal::bad_credentials,
       "401 Invalid credentials|bad_credentials|WWW-Authenticate: Bearer"},
      {refusal::permission_denied, "403 Permission denied|permission_denied"},
      {refusal::server_error, "500 A server error occurred|server_error"}};
  for (const auto& [reason, expected] : rows)
    BOOST_TEST(show(answer_of(reason, 5s)) == expected);
}

BOOST_AUTO_TEST_CASE(a_body_is_compact_json_in_this_order) {
  BOOST_TEST(answer_of(refusal::permission_denied, 5s).body
             == R"({"detail":"Permission denied","code":"permission_denied"})");
  BOOST_TEST(answer_of(404, "No \"room\"\n", "no_\\").body
             == R"({"detail":"No \"room\"\n","code":"no_\\"})");
}

BOOST_AUTO_TEST_CASE(retry_after_is_rounded_up_to_whole_seconds) {
  const auto header = [](limits::duration retry_after) {
    return answer_of(refusal::unavailable, retry_after).headers.at(0).second;
  };
  BOOST_TEST(header(0ms) == "1");
  BOOST_TEST(header(1ms) == "1");
  BOOST_TEST(header(1000ms) == "1");
  BOOST_TEST(header(1001ms) == "2");
  BOOST_TEST(header(-5s) == "1");
}

BOOST_AUTO_TEST_CASE(a_permission_names_its_own_status_text_and_word) {
  BOOST_TEST(show(answer_of(404, "No room", "no_room"))
             == "404 No room|no_room");
  BOOST_TEST(show(answer_of(401, "Who?", "who"))
             == "401 Who?|who|WWW-Authenticate: Bearer");
  BOOST_TEST(show(answer_of(503, "Later", "later")) == "503 Later|later");
  BOOST_TEST(show(answer_of(426, "Use it", "use"))
             == "426 Use it|use|Upgrade: websocket");
}

BOOST_AUTO_TEST_CASE(what_a_permission_leaves_open_follows_from_the_status) {
  for (const std::string_view expected :
       {"403 Permission denied|permission_denied",
        ("401 Authentication credentials were not provided|not_authenticated|"
         "WWW-Authenticate: Bearer"),
        "400 Bad request|bad_request", "404 Not found|not_found",
        "408 Request timed out|timeout", "429 Request was throttled|throttled",
        "499 Permission denied|permission_denied",
        "503 Service unavailable|unavailable", "504 Request timed out|timeout",
        "599 A server error occurred|server_error"}) {
    const auto status = std::stoul(std::string(expected.substr(0, 3)));
    BOOST_TEST(show(answer_of(static_cast<unsigned>(status), {}, {}))
               == expected);
  }
  BOOST_TEST(show(answer_of(403, "Go", {})) == "403 Go|permission_denied");
  BOOST_TEST(show(answer_of(403, {}, "x")) == "403 Permission denied|x");
}

BOOST_AUTO_TEST_CASE(a_status_that_is_no_refusal_becomes_403) {
  for (const unsigned status : {0U, 101U, 200U, 302U, 399U, 600U})
    BOOST_TEST(answer_of(status, "x", "y").status == 403U);
  BOOST_TEST(answer_of(400, "x", "y").status == 400U);
  BOOST_TEST(answer_of(599, "x", "y").status == 599U);
}

BOOST_AUTO_TEST_CASE(cookies_are_read_tolerantly) {
  BOOST_TEST((cookies_of("a=1; b=2") == fields{{"a", "1"}, {"b", "2"}}));
  BOOST_TEST(
      (cookies_of(" a = 1 ;b=x=y;") == fields{{"a", "1"}, {"b", "x=y"}}));
  BOOST_TEST((cookies_of("a=\"1 2\"; b=\"; c=\"\"; d=\"x")
              == fields{{"a", "1 2"}, {"b", "\""}, {"c", ""}, {"d", "\"x"}}));
  BOOST_TEST((cookies_of("lonely; =x; ;a=") == fields{{"a", ""}}));
  BOOST_TEST(cookies_of("").empty());
}

BOOST_AUTO_TEST_CASE(the_cookies_of_all_headers_count) {
  const fields headers{{"cookie", "a=1"}, {"x", "n=0"}, {"cookie", "a=2;b=3"}};
  BOOST_TEST(
      (parse_cookies(headers) == fields{{"a", "1"}, {"a", "2"}, {"b", "3"}}));
}

BOOST_AUTO_TEST_CASE(a_list_is_trimmed_and_spans_headers) {
  const fields headers{
      {"p", "a,  b\t,,c d , "}, {"q", "no"}, {"p", ""}, {"p", "e"}};
  BOOST_TEST((parse_list(headers, "p") == strings{"a", "b", "c d", "e"}));
  BOOST_TEST(parse_list(headers, "r").empty());
}

BOOST_AUTO_TEST_CASE(an_answer_has_the_date_and_the_name_of_the_server) {
  const auto at = [](std::int64_t seconds) {
    return date_and_server(
        std::chrono::system_clock::time_point{std::chrono::seconds{seconds}});
  };
  const std::string server = "\r\nServer: Stagedoor\r\n";
  // The example of RFC 9110, section 5.6.7.
  BOOST_TEST(at(784'111'777) == "Date: Sun, 06 Nov 1994 08:49:37 GMT" + server);
  BOOST_TEST(at(1'709'251'199)
             == "Date: Thu, 29 Feb 2024 23:59:59 GMT" + server);
  BOOST_TEST(at(4'102'444'800)
             == "Date: Fri, 01 Jan 2100 00:00:00 GMT" + server);
}

BOOST_AUTO_TEST_CASE(a_good_upgrade_passes) {
  BOOST_TEST(!check_upgrade(upgrade_request()).has_value());
  BOOST_TEST(!check_with("connection", {"keep-alive, uPGRADE"}).has_value());
  BOOST_TEST(!check_with("connection", {"keep-alive", "upgrade"}).has_value());
  BOOST_TEST(!check_with("upgrade", {"h2c , WebSocket"}).has_value());
}

BOOST_AUTO_TEST_CASE(what_does_not_ask_for_an_upgrade_is_told_to) {
  const auto needs_upgrade = [](const auto& answer) {
    return answer == refusal::upgrade_required;
  };
  BOOST_TEST(needs_upgrade(check_with("connection", {})));
  BOOST_TEST(needs_upgrade(check_with("connection", {"keep-alive"})));
  BOOST_TEST(needs_upgrade(check_with("connection", {"upgraded"})));
  BOOST_TEST(needs_upgrade(check_with("connection", {"no upgrade"})));
  BOOST_TEST(needs_upgrade(check_with("upgrade", {})));
  BOOST_TEST(needs_upgrade(check_with("upgrade", {"websockets"})));
  for (const char* method : {"POST", "get", "HEAD", ""}) {
    auto request = upgrade_request();
    request.method = method;
    BOOST_TEST(needs_upgrade(check_upgrade(request)), method);
  }
}

BOOST_AUTO_TEST_CASE(another_version_is_told_the_right_one) {
  for (const char* version : {"8", "013", "13, 8", "", "14"})
    BOOST_TEST((check_with("sec-websocket-version", {version})
                == refusal::wrong_version),
               version);
  BOOST_TEST((check_with("sec-websocket-version", {"13", "8"})
              == refusal::wrong_version));
}

BOOST_AUTO_TEST_CASE(the_checks_of_an_upgrade_come_in_order) {
  auto request = upgrade_request();
  drop(request.headers, "sec-websocket-key");
  BOOST_TEST((check_upgrade(request) == refusal::bad_handshake));
  drop(request.headers, "sec-websocket-version");
  request.headers.emplace_back("sec-websocket-version", "12");
  BOOST_TEST((check_upgrade(request) == refusal::wrong_version));
  drop(request.headers, "upgrade");
  BOOST_TEST((check_upgrade(request) == refusal::upgrade_required));
}

BOOST_AUTO_TEST_CASE(version_and_key_come_once) {
  BOOST_TEST(
      (check_with("sec-websocket-version", {}) == refusal::bad_handshake));
  BOOST_TEST((check_with("sec-websocket-version", {"13", "13"})
              == refusal::bad_handshake));
  BOOST_TEST((check_with("sec-websocket-key", {}) == refusal::bad_handshake));
  const std::string key = "AAECAwQFBgcICQoLDA0ODw==";
  BOOST_TEST(
      (check_with("sec-websocket-key", {key, key}) == refusal::bad_handshake));
}

BOOST_AUTO_TEST_CASE(a_key_is_16_bytes_in_canonical_base64) {
  const std::string digits = "abcXYZ019+/abcXYZ019+";
  for (const char last : {'A', 'Q', 'g', 'w'})
    BOOST_TEST(key_is_valid(digits + last + "=="));
  for (const char last : {'B', 'R', 'h', 'x', '=', '/'})
    BOOST_TEST(!key_is_valid(digits + last + "=="));
  BOOST_TEST(!key_is_valid(""));
  BOOST_TEST(!key_is_valid(digits.substr(1) + "A=="));
  BOOST_TEST(!key_is_valid(digits + "AA=="));
  BOOST_TEST(!key_is_valid(digits + "A==="));
  BOOST_TEST(!key_is_valid(digits + "AA="));
  BOOST_TEST(!key_is_valid(digits + "A=A"));
  BOOST_TEST(!key_is_valid(digits + "A"));
  BOOST_TEST(!key_is_valid("-" + digits.substr(1) + "A=="));
  BOOST_TEST(!key_is_valid(digits.substr(1) + " A=="));
  BOOST_TEST(!key_is_valid("=" + digits.substr(1) + "A=="));
}

BOOST_AUTO_TEST_CASE(the_101_proves_that_the_key_was_read) {
  // The example of RFC 6455, section 1.3.
  BOOST_TEST(switching_protocols("dGhlIHNhbXBsZSBub25jZQ==", "", "", {})
             == "HTTP/1.1 101 Switching Protocols\r\n"
                "Upgrade: websocket\r\n"
                "Connection: upgrade\r\n"
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                "Server: Stagedoor\r\n\r\n");
  // Another key, another proof.
  BOOST_TEST(
      switching_protocols("AAECAwQFBgcICQoLDA0ODw==", "", "", {})
          .find("\r\nSec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n")
      != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_101_names_what_was_picked) {
  const auto rest = [](std::string_view subprotocol,
                       std::string_view extensions) {
    const auto text = switching_protocols(
        "dGhlIHNhbXBsZSBub25jZQ==", subprotocol, extensions, {});
    const auto begin = text.find("xOo=\r\n") + 6;
    return text.substr(begin, text.find("Date: ") - begin);
  };
  BOOST_TEST(rest("chat", "") == "Sec-WebSocket-Protocol: chat\r\n");
  BOOST_TEST(rest("", "permessage-deflate; server_no_context_takeover")
             == "Sec-WebSocket-Extensions: permessage-deflate; "
                "server_no_context_takeover\r\n");
  BOOST_TEST(rest("v2.chat", "permessage-deflate")
             == "Sec-WebSocket-Protocol: v2.chat\r\n"
                "Sec-WebSocket-Extensions: permessage-deflate\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace handshake_suite
