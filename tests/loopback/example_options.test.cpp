// The options that the example adds to those of every server, as users give
// them: who may connect, and what is agreed on.

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/http_texts.hpp"
#include "support/running_program.hpp"

namespace example_options_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using strings = std::vector<std::string>;

strings command(strings arguments) {
  arguments.insert(arguments.begin(), STAGEDOOR_NEWSROOM);
  return arguments;
}

/// The example while it serves.
struct running_example : running_program {
  explicit running_example(strings arguments)
      : running_program(command(std::move(arguments))) {}

  [[nodiscard]] std::string answer_to(const opening_text& request) const {
    raw_client client(port);
    return client.ask_http(request);
  }

  /// How both endpoints answer to an Origin.
  [[nodiscard]] std::string answer_to_origin(const std::string& origin) const {
    auto answer = answer_to(
        opening_text("/strict/?token=bob-token").set("Origin", origin));
    BOOST_TEST(answer == answer_to(opening_text("/ws/").set("Origin", origin)));
    return answer;
  }
};

opening_text offering(const std::string& names) {
  return opening_text("/ws/").set("Sec-WebSocket-Protocol", names);
}

std::string picked(const std::string& name) {
  return switching_protocols("Sec-WebSocket-Protocol: " + name + "\r\n");
}

} // namespace

BOOST_AUTO_TEST_SUITE(example_options)

BOOST_AUTO_TEST_CASE(origins_names_who_may_connect) {
  running_example example(
      {"--origins", "https://news.example,http://localhost:3000/"});
  BOOST_TEST(example.answer_to_origin("https://news.example") == accepted);
  BOOST_TEST(example.answer_to_origin("http://localhost:3000") == accepted);
  BOOST_TEST(example.answer_to_origin("http://127.0.0.1")
             == origin_not_allowed);
  BOOST_TEST(example.answer_to(opening_text("/ws/")) == accepted);
}

BOOST_AUTO_TEST_CASE(without_origins_it_is_the_own_host) {
  running_example example({});
  BOOST_TEST(example.answer_to_origin("http://127.0.0.1") == accepted);
  BOOST_TEST(example.answer_to_origin("https://news.example")
             == origin_not_allowed);
}

BOOST_AUTO_TEST_CASE(require_origin_refuses_who_sends_none) {
  running_example example({"--require-origin"});
  BOOST_TEST(example.answer_to(opening_text("/ws/")) == origin_not_allowed);
  BOOST_TEST(example.answer_to_origin("http://127.0.0.1") == accepted);
}

BOOST_AUTO_TEST_CASE(compression_is_agreed_on_if_it_is_switched_on) {
  const auto request = opening_text("/ws/").set("Sec-WebSocket-Extensions",
                                                "permessage-deflate");
  running_example plain({});
  BOOST_TEST(plain.answer_to(request) == accepted);
  running_example example({"--compression"});
  BOOST_TEST(example.answer_to(request)
             == switching_protocols(
                 "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
}

BOOST_AUTO_TEST_CASE(subprotocols_names_those_that_are_picked) {
  running_example plain({});
  BOOST_TEST(plain.answer_to(offering("newsroom")) == picked("newsroom"));
  running_example example({"--subprotocols=chat,v2.chat"});
  BOOST_TEST(example.answer_to(offering("newsroom, v2.chat"))
             == picked("v2.chat"));
  BOOST_TEST(example.answer_to(offering("newsroom, stagedoor"))
             == picked("stagedoor"));
}

BOOST_AUTO_TEST_CASE(token_cookie_names_a_cookie_with_a_token) {
  const auto request =
      opening_text("/strict/").set("Cookie", "session=alice-token");
  running_example plain({});
  BOOST_TEST(plain.answer_to(request) == permission_denied);
  running_example example({"--token-cookie", "session"});
  BOOST_TEST(example.answer_to(request) == accepted);
}

BOOST_AUTO_TEST_CASE(an_origin_that_is_none_stops_the_start) {
  child_process program(command({"--port=0", "--origins=news.example"}));
  BOOST_TEST(program.wait() == 2);
  BOOST_TEST(program.errors().find("origin \"news.example\"")
                 != std::string::npos,
             program.errors());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace example_options_suite
