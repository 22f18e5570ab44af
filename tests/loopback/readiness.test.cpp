// What /readyz says of a node that joins, of one that sees no handlers, and of
// a server that is about to drain.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/conversation.hpp"
#include "support/envelopes.hpp"
#include "support/http_texts.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace readiness_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string readyz_text = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";

const auto ready = http("200 OK", R"({"status":"ready"})");

std::string not_ready(const std::string& status) {
  return http("503 Service Unavailable", R"({"status":")" + status + "\"}");
}

std::string readyz(std::uint16_t port) {
  raw_client client(port);
  client.send_bytes(readyz_text);
  return client.read_http_answer();
}

bool becomes(std::uint16_t port, const std::string& answer) {
  return at_last([&] { return readyz(port) == answer; });
}

/// A server on a node, in its actor system.
server serve_on(test_node& node) {
  server_options options;
  options.port = 0;
  options.threads = 1;
  options.cluster = node.shared();
  auto result = serve(node.system(), options, newsroom::endpoints());
  BOOST_REQUIRE(result);
  return std::move(*result);
}

cluster_options front_named(const std::string& name, const std::string& seed) {
  auto result = node_named(name, {seed});
  result.roles.handlers = false;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(readiness)

BOOST_AUTO_TEST_CASE(a_node_is_ready_once_its_seeds_have_answered_or_failed) {
  // It lets others connect, and says nothing.
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor silent{
      context, {boost::asio::ip::address_v4::loopback(), 0}};
  test_node a{node_named(
      "a", {"127.0.0.1:" + std::to_string(silent.local_endpoint().port())})};
  const auto server = serve_on(a);
  BOOST_TEST(readyz(server.port()) == not_ready("joining"));
  BOOST_TEST(becomes(server.port(), ready));
}

BOOST_AUTO_TEST_CASE(a_front_is_ready_while_it_sees_handlers) {
  test_node hands{node_named("hands")};
  test_node front{front_named("front", hands.address())};
  const auto server = serve_on(front);
  BOOST_TEST(becomes(server.port(), not_ready("no_handlers")));
  {
    const auto handlers = serve_on(hands);
    BOOST_TEST(becomes(server.port(), ready));
    websocket_client client(server.port(), "/ws/");
    BOOST_TEST(client.ask(ping_text) == pong_text);
  }
  BOOST_TEST(becomes(server.port(), not_ready("no_handlers")));
}

BOOST_AUTO_TEST_CASE(a_front_that_is_ready_does_not_answer_503) {
  test_node hands{node_named("hands")};
  const auto handlers = serve_on(hands);
  for (int i = 0; i < 3; ++i) {
    test_node front{front_named("front" + std::to_string(i), hands.address())};
    const auto server = serve_on(front);
    BOOST_TEST(becomes(server.port(), ready));
    websocket_client client(server.port(), "/ws/");
    BOOST_TEST(client.ask(ping_text) == pong_text);
  }
}

BOOST_AUTO_TEST_CASE(the_checks_of_the_application_are_asked_in_order) {
  std::atomic<bool> has_database{false};
  std::atomic<bool> has_cache{false};
  test_server server{newsroom::endpoints(), [&](server_options& options) {
                       options.health_checks = {
                           {"database", [&] { return has_database.load(); }},
                           {"cache", [&] {
                              if (!has_cache)
                                throw std::runtime_error("no cache");
                              return true;
                            }}};
                     }};
  BOOST_TEST(readyz(server.port()) == not_ready("database"));
  has_database = true;
  BOOST_TEST(readyz(server.port()) == not_ready("cache"));
  has_cache = true;
  BOOST_TEST(readyz(server.port()) == ready);
  // Whoever comes is served all the same.
  has_database = false;
  websocket_client newcomer(server.port(), "/ws/");
  BOOST_TEST(newcomer.ask(ping_text) == pong_text);
  server->announce_drain();
  BOOST_TEST(readyz(server.port()) == not_ready("draining"));
}

BOOST_AUTO_TEST_CASE(a_check_needs_a_name_of_its_own_and_a_function) {
  test_node node{node_named("a")};
  const auto yes = [] { return true; };
  for (const auto& wrong : {health_check{"", yes}, health_check{"ready", yes},
                            health_check{"database", {}}}) {
    server_options options;
    options.port = 0;
    options.health_checks = {wrong};
    const auto result = serve(node.system(), options, newsroom::endpoints());
    BOOST_REQUIRE(!result);
    BOOST_TEST(text_of(result.error()).starts_with("health_checks: "));
  }
}

BOOST_AUTO_TEST_CASE(newcomers_are_served_until_an_announced_drain_begins) {
  test_server server;
  server->announce_drain();
  BOOST_TEST(readyz(server.port()) == not_ready("draining"));
  websocket_client newcomer(server.port(), "/ws/");
  BOOST_TEST(newcomer.ask(ping_text) == pong_text);
  server->drain();
  check_drained(newcomer);
  raw_client late(server.port());
  BOOST_TEST(late.ask_http(opening_text()) == unavailable_answer);
}

BOOST_AUTO_TEST_CASE(a_signal_lets_the_balancer_notice_for_the_drain_delay) {
  running_program newsroom({STAGEDOOR_NEWSROOM, "--drain-delay=1500ms"});
  BOOST_TEST(readyz(newsroom.port) == ready);
  newsroom.process.send_signal(SIGTERM);
  newsroom.process.wait_for_line("not ready any more, and draining in 1500 ms");
  BOOST_TEST(readyz(newsroom.port) == not_ready("draining"));
  websocket_client newcomer(newsroom.port, "/ws/");
  BOOST_TEST(newcomer.ask(ping_text) == pong_text);
  check_drained(newcomer);
  newcomer.close();
  BOOST_TEST(newsroom.process.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_the_drain_delay) {
  running_program newsroom({STAGEDOOR_NEWSROOM, "--drain-delay=1h"});
  newsroom.process.send_signal(SIGTERM);
  newsroom.process.wait_for_line("not ready any more");
  newsroom.process.send_signal(SIGTERM);
  BOOST_TEST(newsroom.process.wait() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace readiness_suite
