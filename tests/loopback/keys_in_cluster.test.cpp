// actors/description/README.md, "State by key": one state of each key in the
// cluster, while nodes die, fall silent and leave. The nodes are processes of
// the example with rooms.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "support/free_port.hpp"
#include "support/raw_client.hpp"
#include "support/room_visitors.hpp"
#include "support/running_program.hpp"

namespace keys_in_cluster_suite {

using namespace stagedoor::test;

namespace {

constexpr std::size_t nodes_count = 3;

/// Three nodes with rooms, each a process.
class three_nodes {
public:
  three_nodes() {
    for (auto& port : ports_)
      port = free_port();
    for (std::size_t i = 0; i < nodes_count; ++i)
      start(i);
  }

  void start(std::size_t index) {
    std::string seeds;
    for (const auto port : ports_)
      seeds += (seeds.empty() ? "" : ",") + address_of(port);
    const std::string name(1, static_cast<char>('a' + index));
    nodes_[index] = std::make_unique<running_program>(std::vector<std::string>{
        STAGEDOOR_ROOMS, "--node=" + name,
        "--cluster-bind=" + address_of(ports_[index]), "--join=" + seeds,
        "--limits.permission-timeout=300ms", "--limits.action-timeout=700ms"});
    web_ports_[index] = nodes_[index]->port;
  }

  void signal(std::size_t index, int which) {
    nodes_[index]->process.send_signal(which);
  }
  int wait(std::size_t index) { return nodes_[index]->process.wait(); }

  /// Where the clients of a node connect. Thread rule: any thread.
  [[nodiscard]] std::uint16_t web_port(std::size_t index) const {
    return web_ports_[index];
  }

private:
  static std::string address_of(std::uint16_t port) {
    return "127.0.0.1:" + std::to_string(port);
  }

  std::uint16_t ports_[nodes_count] = {};
  std::unique_ptr<running_program> nodes_[nodes_count];
  std::atomic<std::uint16_t> web_ports_[nodes_count] = {};
};

struct busy_nodes : three_nodes {
  busy_nodes() {
    for (std::size_t i = 0; i < nodes_count; ++i)
      visitors.add([this, i] { return websocket_client{web_port(i), "/ws/"}; });
    visitors.await_all("all nodes are there");
  }

  room_visitors visitors;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_in_cluster, busy_nodes)

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_are_killed) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGKILL);
    wait(i);
    visitors.await_all("a node was killed");
    start(i);
    visitors.await_all("it has come back");
  }
  visitors.check_history();
}

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_fall_silent) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGSTOP);
    visitors.await_all("a node was stopped");
    signal(i, SIGCONT);
    visitors.await_all("it goes on");
  }
  visitors.check_history();
}

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_leave) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGTERM);
    BOOST_TEST(wait(i) == 0);
    visitors.await_all("a node has left");
    start(i);
    visitors.await_all("it has come back");
  }
  visitors.check_history();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keys_in_cluster_suite
