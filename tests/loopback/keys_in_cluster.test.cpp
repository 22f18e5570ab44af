// actors/description/README.md, "State by key": one state of each key in the
// cluster, while nodes die, fall silent and leave. The nodes are processes of
// the example with rooms.

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/free_port.hpp"
#include "support/key_history.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"

namespace json = boost::json;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t nodes_count = 3;
constexpr std::size_t rooms_count = 6;

std::string visit_text(std::size_t room) {
  return R"({"action":"visit","route":"rooms/r)" + std::to_string(room)
         + R"(/"})";
}

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

/// Asks for all rooms at one node, and connects again when that fails.
class visitor {
public:
  visitor(const three_nodes& nodes, std::size_t node, key_history& history)
      : thread_([this, &nodes, node, &history] {
          while (!stopping_)
            try {
              websocket_client client(nodes.web_port(node), "/ws/");
              for (std::size_t room = 0; !stopping_; ++room)
                visit(client, room % rooms_count, history);
            } catch (const std::exception&) {
              std::this_thread::sleep_for(20ms);
            }
        }) {}

  ~visitor() {
    stopping_ = true;
    thread_.join();
  }

  visitor(const visitor&) = delete;
  visitor& operator=(const visitor&) = delete;

private:
  static void visit(websocket_client& client, std::size_t room,
                    key_history& history) {
    const auto asked = key_history::clock::now();
    auto answer = json::parse(client.ask(visit_text(room))).as_object();
    // A server that drains says so in between.
    while (answer.contains("type"))
      answer = json::parse(client.read_text()).as_object();
    if (answer.at("status") != 200) {
      std::this_thread::sleep_for(5ms);
      return;
    }
    const auto& data = answer.at("data").as_object();
    history.add(room,
                {data.at("opened").as_int64(), data.at("visits").as_int64(),
                 asked, key_history::clock::now()});
  }

  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

struct busy_nodes : three_nodes {
  busy_nodes() {
    for (std::size_t i = 0; i < 2 * nodes_count; ++i)
      visitors.push_back(
          std::make_unique<visitor>(*this, i % nodes_count, history));
    await_all("all nodes are there");
  }

  /// Waits until each room has been visited again from now on, for three times
  /// the patience at most, and prints how long that took.
  void await_all(const std::string& what) {
    const auto since = key_history::clock::now();
    const auto holds = [&] {
      return history.rooms_since(since) == rooms_count;
    };
    BOOST_TEST((eventually(holds) || eventually(holds) || eventually(holds)),
               what);
    BOOST_TEST_MESSAGE(what
                       << ": all rooms are open after "
                       << std::chrono::duration_cast<std::chrono::milliseconds>(
                              key_history::clock::now() - since)
                              .count()
                       << " ms");
  }

  /// Ends the load, and checks that no room was open twice.
  void check_history() {
    visitors.clear();
    for (const auto& fault : history.faults())
      BOOST_ERROR(fault);
    BOOST_TEST_MESSAGE(history.text());
    BOOST_TEST(history.visits() > 1000U);
  }

  key_history history;
  std::vector<std::unique_ptr<visitor>> visitors;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_in_cluster, busy_nodes)

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_are_killed) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGKILL);
    wait(i);
    await_all("a node was killed");
    start(i);
    await_all("it has come back");
  }
  check_history();
}

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_fall_silent) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGSTOP);
    await_all("a node was stopped");
    signal(i, SIGCONT);
    await_all("it goes on");
  }
  check_history();
}

BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_its_nodes_leave) {
  for (std::size_t i = 0; i < nodes_count; ++i) {
    signal(i, SIGTERM);
    BOOST_TEST(wait(i) == 0);
    await_all("a node has left");
    start(i);
    await_all("it has come back");
  }
  check_history();
}

BOOST_AUTO_TEST_SUITE_END()
