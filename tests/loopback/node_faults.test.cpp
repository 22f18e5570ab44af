// Nodes that fail under load: two have clients, the third runs the handlers. It
// is killed, or stopped, and comes back.

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/channel.hpp"
#include "support/child_process.hpp"
#include "support/conversation.hpp"
#include "support/faulted_load.hpp"
#include "support/free_port.hpp"
#include "support/http_texts.hpp"
#include "support/newsroom_address.hpp"
#include "support/newsroom_load.hpp"
#include "support/room_member.hpp"

namespace node_faults_suite {

using namespace stagedoor::test;

namespace {

/// The example as a node, with deadlines that are soon over.
class newsroom_node {
public:
  newsroom_node(const std::string& name, const std::string& role,
                std::uint16_t node_port, std::uint16_t seed)
      : process_({STAGEDOOR_NEWSROOM, "--port=0", "--threads=2",
                  "--node=" + name, "--roles=" + role,
                  "--cluster-bind=127.0.0.1:" + std::to_string(node_port),
                  "--join=127.0.0.1:" + std::to_string(seed),
                  "--limits.permission-timeout=300ms",
                  "--limits.action-timeout=700ms"}) {
    constexpr std::string_view before = "ws://127.0.0.1:";
    const auto line = process_.wait_for_line("newsroom listens");
    port_ = static_cast<std::uint16_t>(
        std::stoi(line.substr(line.find(before) + before.size())));
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] newsroom_address address() const {
    return newsroom_address{port_};
  }
  child_process& process() { return process_; }

private:
  child_process process_;
  std::uint16_t port_ = 0;
};

/// Two nodes that have clients and one that runs their handlers.
struct three_nodes {
  three_nodes() {
    start_handlers();
    for (const std::string name : {"front-1", "front-2"})
      fronts.push_back(std::make_unique<newsroom_node>(
          name, "front", free_port(), handlers_port));
    BOOST_REQUIRE(eventually([&] { return all_serve(addresses()); }));
    BOOST_REQUIRE(eventually([&] { return addresses()[0].sees("front-2"); }));
    BOOST_REQUIRE(eventually([&] { return addresses()[1].sees("front-1"); }));
  }

  void start_handlers() {
    handlers = std::make_unique<newsroom_node>("handlers", "handlers",
                                               handlers_port, handlers_port);
  }

  [[nodiscard]] std::vector<newsroom_address> addresses() const {
    return {fronts[0]->address(), fronts[1]->address()};
  }

  /// Waits until both fronts see the node with the handlers so.
  [[nodiscard]] bool both_see_handlers(bool up) const {
    const auto holds = [&] {
      return addresses()[0].sees("handlers") == up
             && addresses()[1].sees("handlers") == up;
    };
    return eventually(holds) || eventually(holds);
  }

  std::uint16_t handlers_port = free_port();
  std::unique_ptr<newsroom_node> handlers;
  std::vector<std::unique_ptr<newsroom_node>> fronts;
};

/// The same under load, and somebody at each of the two in a room.
struct busy_nodes : three_nodes {
  busy_nodes() {
    alice.join();
    bob.say("before");
    alice.hears("before");
  }

  room_member alice{addresses()[0], "alice"};
  room_member bob{addresses()[1], "bob"};
  faulted_load load{addresses()};
};

/// What a client's counter says after one more.
std::string increment(websocket_client& client) {
  return client.ask(R"({"action":"increment","route":"counter/"})");
}

std::string counted(int value) {
  return success(R"({"value":)" + std::to_string(value) + '}', "increment",
                 "counter/");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_faults, three_nodes)

BOOST_AUTO_TEST_CASE(clients_of_two_nodes_share_no_state_on_the_third) {
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (std::size_t i = 0; i < 20; ++i) {
    clients.push_back(
        std::make_unique<websocket_client>(fronts[i % 2]->port(), "/ws/"));
    BOOST_TEST(increment(*clients.back()) == counted(1));
  }
  // Nor does the end of one end that of another.
  for (std::size_t i = 0; i < 20; i += 2)
    clients[i]->say_goodbye();
  for (int value = 2; value < 5; ++value)
    for (std::size_t i = 1; i < 20; i += 2)
      BOOST_TEST(increment(*clients[i]) == counted(value));
}

BOOST_FIXTURE_TEST_CASE(
    a_killed_node_costs_503_or_504_and_its_next_process_serves, busy_nodes) {
  load.note_fault();
  handlers->process().send_signal(SIGKILL);
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  BOOST_TEST(handlers->process().wait() == -SIGKILL);
  BOOST_TEST(both_see_handlers(false));
  start_handlers();
  await_service(addresses(), "killed");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check_lost("killed");
  // Who is in a room stays there: that is known where the client is.
  bob.say("after");
  alice.hears("after");
}

BOOST_FIXTURE_TEST_CASE(
    a_silent_node_costs_503_or_504_and_serves_when_it_goes_on, busy_nodes) {
  load.note_fault();
  handlers->process().send_signal(SIGSTOP);
  BOOST_TEST(both_see_handlers(false));
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  handlers->process().send_signal(SIGCONT);
  await_service(addresses(), "silent");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check_lost("silent");
  bob.say("after");
  alice.hears("after");
}

BOOST_FIXTURE_TEST_CASE(a_node_that_leaves_finishes_what_it_has, busy_nodes) {
  newsroom_node next("next", "handlers", free_port(), handlers_port);
  BOOST_REQUIRE(eventually([&] {
    return addresses()[0].sees("next") && addresses()[1].sees("next");
  }));
  std::vector<std::unique_ptr<websocket_client>> nappers;
  for (std::size_t i = 0; i < 20; ++i) {
    nappers.push_back(
        std::make_unique<websocket_client>(fronts[i % 2]->port(), "/ws/"));
    nappers.back()->send_text(R"({"action":"nap","route":"slow/","ms":400})");
  }
  BOOST_REQUIRE(all_serve(addresses()));
  handlers->process().send_signal(SIGTERM);
  for (const auto& napper : nappers)
    BOOST_TEST(napper->read_text().ends_with(R"("status":200})"));
  BOOST_TEST(handlers->process().wait() == 0);
  BOOST_TEST(handlers->process().errors() == "");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check_left("left");
}

BOOST_AUTO_TEST_CASE(a_silence_that_no_client_noticed_is_over_for_all) {
  // It has been told where its messages go.
  websocket_client client(fronts[0]->port(), "/ws/");
  BOOST_TEST(increment(client) == counted(1));
  handlers->process().send_signal(SIGSTOP);
  BOOST_TEST(both_see_handlers(false));
  handlers->process().send_signal(SIGCONT);
  BOOST_TEST(both_see_handlers(true));
  // The same process is reached by another link. What it knew of the client
  // went with the one before.
  BOOST_TEST(eventually([&] { return increment(client) == counted(1); }));
  await_service(addresses(), "unnoticed");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace node_faults_suite
