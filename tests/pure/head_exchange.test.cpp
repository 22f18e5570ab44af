#include "stagedoor/actors/sockets/head_exchange.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <variant>

#include "support/answer_date.hpp"

namespace head_exchange_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

constexpr std::size_t head_bytes_max = 200;

struct exchange_fixture {
  stagedoor::head_exchange subject{head_bytes_max};

  /// All that is queued for the client.
  std::string written() {
    std::string result{subject.unsent()};
    BOOST_TEST(!subject.is_written());
    subject.sent(result.size());
    BOOST_TEST(subject.is_written());
    BOOST_TEST(subject.unsent() == "");
    return result;
  }
};

const std::string request_text =
    "GET /ws/ HTTP/1.1\r\nHost: x\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "X: 1\r\nX: 2\r\n\r\n";

bool needs_more(const stagedoor::head_exchange::progress& result) {
  return std::holds_alternative<head_parser::need_more>(result);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(head_exchange, exchange_fixture)

BOOST_AUTO_TEST_CASE(takes_a_head_that_comes_in_parts) {
  BOOST_TEST(subject.wanted_bytes() == head_bytes_max);
  BOOST_TEST(needs_more(subject.received(request_text.substr(0, 30))));
  BOOST_TEST(subject.wanted_bytes() == head_bytes_max - 30);
  const auto result = subject.received(request_text.substr(30) + "rest");
  BOOST_TEST(std::get<opening_request>(result).target == "/ws/");
  BOOST_TEST(subject.header("x") == "1, 2");
  BOOST_TEST(subject.rest() == "rest");
}

BOOST_AUTO_TEST_CASE(refuses_a_head_that_is_too_large) {
  const auto result =
      subject.received(("GET /" + std::string(200, 'x')).substr(0, 200));
  BOOST_TEST((std::get<refusal>(result) == refusal::head_too_large));
}

BOOST_AUTO_TEST_CASE(wants_little_at_once_of_a_head_that_may_be_large) {
  stagedoor::head_exchange large{1'000'000};
  BOOST_TEST(large.wanted_bytes() <= 4096u);
  BOOST_TEST(needs_more(
      large.received("GET /" + std::string(large.wanted_bytes() - 5, 'x'))));
  BOOST_TEST(large.wanted_bytes() <= 4096u);
}

BOOST_AUTO_TEST_CASE(accepts_with_the_answer_to_the_clients_key) {
  BOOST_TEST(!subject.is_written());
  subject.received(request_text);
  subject.accept("chat", "permessage-deflate");
  const auto answer = written();
  BOOST_TEST(answer.starts_with("HTTP/1.1 101 "));
  for (const auto* part : {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "chat",
                           "permessage-deflate", "\r\n\r\n"})
    BOOST_TEST(answer.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(answers_with_the_fields_and_the_body) {
  subject.answer({404, {{"X", "1"}}, "{}"});
  BOOST_TEST(with_date_checked(written())
             == "HTTP/1.1 404 Not Found\r\nDate: now\r\nServer: Stagedoor\r\n"
                "Content-Type: application/json\r\n"
                "Content-Length: 2\r\nConnection: close\r\nX: 1\r\n\r\n{}");
}

BOOST_AUTO_TEST_CASE(keeps_what_the_socket_does_not_take_at_once) {
  subject.answer({404, {}, "{}"});
  const std::string all{subject.unsent()};
  subject.sent(all.size() - 2);
  BOOST_TEST(!subject.is_written());
  BOOST_TEST(written() == "{}");
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_a_length_and_no_body) {
  // The client's line need not be whole, as with a 408.
  BOOST_TEST(needs_more(subject.received(std::string{"HEAD / HT"})));
  subject.answer({200, {}, "body", "text/html"});
  BOOST_TEST(with_date_checked(written())
             == "HTTP/1.1 200 OK\r\nDate: now\r\nServer: Stagedoor\r\n"
                "Content-Type: text/html\r\n"
                "Content-Length: 4\r\nConnection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(skips_one_empty_line_before_the_request) {
  BOOST_TEST(needs_more(subject.received(std::string{"\r"})));
  const auto result = subject.received("\n" + request_text + "rest");
  BOOST_TEST(std::get<opening_request>(result).target == "/ws/");
  BOOST_TEST(subject.rest() == "rest");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace head_exchange_suite
