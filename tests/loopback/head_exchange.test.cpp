#include "stagedoor/actors/sockets/head_exchange.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "support/raw_client.hpp"
#include "support/socket_pair.hpp"

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct exchange_fixture : socket_pair {
  stagedoor::head_exchange subject{server, 200};
  std::optional<stagedoor::head_exchange::head> head;

  void read() {
    subject.read([this](stagedoor::head_exchange::head result) {
      head = std::move(result);
    });
  }

  /// The callback of a write; it must be told of no error.
  static auto expect_success() {
    return [](boost::system::error_code error) {
      BOOST_TEST(error.message() == "Success");
    };
  }
};

const std::string request_text =
    "GET /ws/ HTTP/1.1\r\nHost: x\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "X: 1\r\nX: 2\r\n\r\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(head_exchange, exchange_fixture)

BOOST_AUTO_TEST_CASE(reads_a_head_that_comes_in_parts) {
  read();
  send(request_text.substr(0, 30));
  run_one();
  BOOST_TEST(!head.has_value());
  send(request_text.substr(30) + "rest");
  run_one();
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST(std::get<opening_request>(*head).target == "/ws/");
  BOOST_TEST(subject.header("x") == "1, 2");
  BOOST_TEST(subject.rest() == "rest");
}

BOOST_AUTO_TEST_CASE(refuses_a_head_that_is_too_large) {
  read();
  send("GET /" + std::string(200, 'x'));
  run_one();
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST((std::get<refusal>(*head) == refusal::head_too_large));
}

BOOST_AUTO_TEST_CASE(hears_of_a_client_that_goes) {
  read();
  client.close();
  run_one();
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST(std::holds_alternative<boost::system::error_code>(*head));
}

BOOST_AUTO_TEST_CASE(accepts_with_the_answer_to_the_clients_key) {
  read();
  send(request_text);
  run_one();
  subject.accept("chat", "permessage-deflate", expect_success());
  run_one();
  const auto answer = receive();
  BOOST_TEST(answer.starts_with("HTTP/1.1 101 "));
  for (const auto* part : {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "chat",
                           "permessage-deflate", "\r\n\r\n"})
    BOOST_TEST(answer.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(answers_with_the_fields_and_the_body) {
  subject.answer({404, {{"X", "1"}}, "{}"}, expect_success());
  run_one();
  BOOST_TEST(with_date_checked(receive())
             == "HTTP/1.1 404 Not Found\r\nDate: now\r\nServer: Stagedoor\r\n"
                "Content-Type: application/json\r\n"
                "Content-Length: 2\r\nConnection: close\r\nX: 1\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_a_length_and_no_body) {
  const std::string expected =
      "HTTP/1.1 200 OK\r\nDate: now\r\nServer: Stagedoor\r\n"
      "Content-Type: text/html\r\n"
      "Content-Length: 4\r\nConnection: close\r\n\r\n";
  read();
  send("HEAD / HT");
  run_one();
  // The client's line need not be whole, as with a 408.
  subject.answer({200, {}, "body", "text/html"}, expect_success());
  run_one();
  BOOST_TEST(with_date_checked(receive()) == expected);
}

BOOST_AUTO_TEST_CASE(skips_one_empty_line_before_the_request) {
  read();
  send("\r");
  run_one();
  send("\n" + request_text + "rest");
  run_one();
  BOOST_REQUIRE(head.has_value());
  BOOST_TEST(std::get<opening_request>(*head).target == "/ws/");
  BOOST_TEST(subject.rest() == "rest");
}

BOOST_AUTO_TEST_SUITE_END()
