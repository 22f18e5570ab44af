// Several units, many connections: spread evenly, each in order, and none held
// up by another one of its unit.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/held_replies.hpp"
#include "support/test_server.hpp"

namespace units_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using client_list = std::vector<std::unique_ptr<websocket_client>>;

constexpr std::size_t crowd = 1000;

void add_clients(client_list& clients, const test_server& server,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    clients.push_back(
        std::make_unique<websocket_client>(server.port(), "/ws/"));
}

void wait_for_connections(test_server& server, std::size_t total) {
  BOOST_TEST(eventually([&] { return server.connection_count() == total; }));
}

/// Checks that the units have `total` connections, 10 % off an even share at
/// most.
void check_is_even(test_server& server, std::size_t total) {
  wait_for_connections(server, total);
  const auto by_unit = server->connections();
  const auto share = total / by_unit.size();
  for (const auto count : by_unit) {
    BOOST_TEST(count >= share - share / 10);
    BOOST_TEST(count <= share + share / 10);
  }
}

test_server::edit with_units(std::size_t count) {
  return [count](server_options& options) { options.threads = count; };
}

std::string slow(const std::string& action, std::size_t ms) {
  return numbered(action, 1, R"(,"route":"slow/","ms":)" + std::to_string(ms));
}

/// Sends `text` on one connection and a ping on another one of the same unit;
/// checks that the ping is answered while the first is still waiting.
void check_overtaken(const std::string& text, const std::string& answer) {
  test_server server(newsroom::endpoints(), with_units(1));
  websocket_client waits(server.port(), "/ws/");
  websocket_client other(server.port(), "/ws/");
  std::mutex mutex;
  std::vector<std::string> order;
  const auto note = [&](const std::string& what) {
    std::lock_guard lock{mutex};
    order.push_back(what);
  };
  waits.send_text(text);
  std::thread waiter{[&] {
    try {
      note(waits.read_text());
    } catch (const std::exception& error) {
      note(error.what());
    }
  }};
  for (int i = 0; i < 10; ++i)
    note(other.ask(ping_text));
  waiter.join();
  std::vector<std::string> expected(10, pong_text);
  expected.push_back(answer);
  BOOST_TEST(order == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(a_thousand_connections_are_spread_evenly) {
  test_server server(newsroom::endpoints(), with_units(2));
  server.keep_together();
  client_list clients;
  add_clients(clients, server, crowd);
  check_is_even(server, crowd);
  // All at once, a few messages each.
  constexpr std::size_t messages = 5;
  for (std::size_t i = 0; i < messages; ++i)
    for (auto& client : clients)
      client->send_text(R"({"action":"increment","route":"counter/",)"
                        R"("request_id":)"
                        + std::to_string(i) + "}");
  std::size_t wrong = 0;
  for (auto& client : clients)
    for (std::size_t i = 0; i < messages; ++i)
      if (client->read_text()
          != success(R"({"value":)" + std::to_string(i + 1) + "}", "increment",
                     "counter/", std::to_string(i)))
        ++wrong;
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(stays_even_when_connections_come_and_go) {
  test_server server(newsroom::endpoints(), with_units(2));
  server.keep_together();
  client_list clients;
  add_clients(clients, server, 200);
  // All of one unit leave: newcomers take their places.
  for (std::size_t i = 0; i < clients.size(); i += 2)
    clients[i].reset();
  std::erase(clients, nullptr);
  wait_for_connections(server, clients.size());
  add_clients(clients, server, 100);
  check_is_even(server, 200);
}

BOOST_AUTO_TEST_CASE(there_are_as_many_units_as_were_asked_for) {
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{3}, std::size_t{8}}) {
    test_server server(newsroom::endpoints(), with_units(count));
    server.keep_together();
    BOOST_TEST(server->connections().size() == count);
    client_list clients;
    add_clients(clients, server, 5 * count);
    for (const auto on_unit : server->connections())
      BOOST_TEST(on_unit == 5u);
    for (auto& client : clients)
      BOOST_TEST(client->ask(ping_text) == pong_text);
  }
}

BOOST_AUTO_TEST_CASE(a_sleep_holds_up_nobody_else_of_its_unit) {
  check_overtaken(slow("sleep", 2000),
                  success(R"({"slept":2000})", "sleep", "slow/", "1"));
}

BOOST_AUTO_TEST_CASE(a_nap_holds_up_nobody_else_of_its_unit) {
  check_overtaken(slow("nap", 2000),
                  success(R"({"slept":2000})", "nap", "slow/", "1"));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_owed_holds_up_nobody_else_of_its_unit) {
  held_replies replies;
  test_server server({replies.endpoint()}, with_units(1));
  websocket_client waits(server.port(), "/ws/");
  client_list others;
  add_clients(others, server, 20);
  waits.send_text(numbered("hold", 1));
  auto owed = replies.held.take();
  for (auto& other : others)
    BOOST_TEST(other->ask(ping_text) == pong_text);
  owed.answer(ok());
  BOOST_TEST(waits.read_text() == success("null", "hold", "", "1"));
}

BOOST_AUTO_TEST_CASE(answers_come_in_order_whatever_they_wait_for) {
  test_server server(newsroom::endpoints(), with_units(2));
  client_list clients;
  add_clients(clients, server, 50);
  for (auto& client : clients)
    for (std::size_t i = 0; i < 8; ++i)
      client->send_text(numbered(i % 2 == 0 ? "sleep" : "ping", i,
                                 i % 2 == 0 ? R"(,"route":"slow/","ms":1)"
                                            : R"(,"route":"")"));
  for (auto& client : clients)
    for (std::size_t i = 0; i < 8; ++i)
      BOOST_TEST(client->read_text()
                 == (i % 2 == 0 ? success(R"({"slept":1})", "sleep", "slow/",
                                          std::to_string(i))
                                : success(R"({"pong":true})", "ping", "",
                                          std::to_string(i))));
}

BOOST_AUTO_TEST_CASE(says_which_unit_stalls) {
  // An action that should be blocking and is not. It ends when the watchdog
  // has seen it: the test fails at the bound of `logs`, not by the clock.
  auto seen = std::make_shared<std::atomic<bool>>(false);
  auto stalls = handler("stalls").action("stall", [seen] {
    while (!*seen)
      std::this_thread::yield();
  });
  test_server server({endpoint("/ws/", stalls)}, [](server_options& options) {
    options.threads = 1;
    options.limits.stall_warning = std::chrono::milliseconds{50};
  });
  websocket_client client(server.port(), "/ws/");
  client.send_text(R"({"action":"stall"})");
  BOOST_TEST(server.logs("unit 0 has been busy for"));
  *seen = true;
  BOOST_TEST(client.read_text() == success("null", "stall"));
  BOOST_TEST(server.logs("unit 0 is free again: it was busy for up to "));
  const auto log = server.log();
  BOOST_TEST(log.find("running now: action \"stall\" of handler \"stalls\" "
                      "(route \"\", connection ")
             != std::string::npos);
  const auto first = log.find("has been busy");
  BOOST_TEST(log.find("has been busy", first + 1) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_whose_permissions_stall_a_unit) {
  auto seen = std::make_shared<std::atomic<bool>>(false);
  auto stalls = handler("stalls")
                    .permissions([seen](const request& message) {
                      while (message.action() == "stall" && !*seen)
                        std::this_thread::yield();
                      return true;
                    })
                    .action("stall", [] {});
  test_server server({endpoint("/ws/", stalls)}, [](server_options& options) {
    options.threads = 1;
    options.limits.stall_warning = std::chrono::milliseconds{50};
  });
  websocket_client client(server.port(), "/ws/");
  client.send_text(R"({"action":"stall"})");
  BOOST_TEST(server.logs("running now: the permissions for action \"stall\" "
                         "(route \"\", connection "));
  *seen = true;
  BOOST_TEST(client.read_text() == success("null", "stall"));
}

BOOST_AUTO_TEST_CASE(units_that_spin_serve_all_and_end) {
  test_server server{newsroom::endpoints(), [](server_options& options) {
                       options.threads = 2;
                       options.spin = 1ms;
                     }};
  client_list clients;
  add_clients(clients, server, 8);
  // In a row, so that a unit finds the next message while it looks.
  for (std::size_t round = 0; round < 50; ++round)
    for (const auto& client : clients)
      BOOST_TEST(client->ask(ping_text) == pong_text);
  // Timers go off while units look.
  for (const auto& client : clients)
    client->send_text(slow("nap", 20));
  for (const auto& client : clients)
    BOOST_TEST(client->read_text()
               == success(R"({"slept":20})", "nap", "slow/", "1"));
}

BOOST_AUTO_TEST_CASE(serves_with_one_resume_per_turn) {
  test_server server(newsroom::endpoints(), [](server_options& options) {
    options.threads = 1;
    options.limits.resumes_per_turn_max = 1;
  });
  websocket_client client(server.port(), "/ws/");
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(client.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace units_suite
