// Nodes that go without a word: other processes that are killed, or stopped.

#include <boost/test/unit_test.hpp>

#include <stagedoor/stagedoor.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>

#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/test_node.hpp"

namespace cluster_faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using clock = std::chrono::steady_clock;

/// The example as a node, that knows one other. It may see that one before it
/// listens to clients.
std::unique_ptr<child_process> spawn_newsroom(const std::string& name,
                                              std::uint16_t port,
                                              const std::string& seed) {
  return std::make_unique<child_process>(std::vector<std::string>{
      STAGEDOOR_NEWSROOM, "--port=0", "--threads=1", "--node=" + name,
      "--cluster-bind=127.0.0.1:" + std::to_string(port), "--join=" + seed});
}

/// The same, once it listens. What it has said by then is forgotten.
std::unique_ptr<child_process> start_newsroom(const std::string& name,
                                              std::uint16_t port,
                                              const std::string& seed) {
  auto result = spawn_newsroom(name, port, seed);
  result->wait_for_line("newsroom listens");
  return result;
}

/// Waits for two lines that come in any order.
void wait_for_both(child_process& child, const std::string& one,
                   const std::string& other) {
  for (auto came = 0U; came != 3U;) {
    const auto line = child.wait_for_line("");
    came |= line.find(one) == std::string::npos ? 0U : 1U;
    came |= line.find(other) == std::string::npos ? 0U : 2U;
  }
}

/// Prints a measured time: no test asserts it.
void show(const std::string& what, clock::time_point since) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
      clock::now() - since);
  BOOST_TEST_MESSAGE(what << " after " << time.count() << " ms");
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_faults)

BOOST_AUTO_TEST_CASE(a_killed_node_is_down_and_its_next_process_up_again) {
  test_node a{node_named("a")};
  const auto port = free_port();
  auto child = start_newsroom("b", port, a.address());
  BOOST_REQUIRE(a.sees("b"));
  auto since = clock::now();
  child->send_signal(SIGKILL);
  BOOST_REQUIRE(a.sees("b", false));
  show("a killed node is down", since);
  BOOST_TEST(a.logs(" is down: its link is lost or silent"));
  BOOST_TEST(child->wait() == -SIGKILL);
  child = spawn_newsroom("b", port, a.address());
  since = clock::now();
  BOOST_TEST(a.sees("b"));
  show("its next process is up", since);
  wait_for_both(*child, "node a at " + a.address() + " is up",
                "newsroom listens");
  BOOST_TEST(a->peers().size() == 1u);
  // It is the new one that answers, not a proxy of the one before.
  child->send_signal(SIGTERM);
  BOOST_TEST(a.logs(" has left"));
  BOOST_TEST(child->wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_found_again_by_who_knew_it) {
  test_node a{node_named("a")};
  const auto port = free_port();
  auto child = start_newsroom("b", port, a.address());
  BOOST_REQUIRE(a.sees("b"));
  child->send_signal(SIGKILL);
  BOOST_REQUIRE(a.sees("b", false));
  // The next process knows nobody.
  child = start_newsroom("b", port, "127.0.0.1:1");
  const auto since = clock::now();
  BOOST_TEST(a.sees("b"));
  show("a node that knows nobody is up", since);
}

BOOST_AUTO_TEST_CASE(a_silent_node_is_down_and_comes_back_by_itself) {
  test_node a{node_named("a")};
  test_node c{node_named("c", {a.address()})};
  const auto child = start_newsroom("b", free_port(), a.address());
  BOOST_REQUIRE(a.sees("b"));
  BOOST_REQUIRE(c.sees("b"));
  auto since = clock::now();
  child->send_signal(SIGSTOP);
  BOOST_REQUIRE(a.sees("b", false));
  show("a stopped node is down", since);
  BOOST_REQUIRE(c.sees("b", false));
  // Until it is tried in vain: its kernel accepts connections all the same.
  BOOST_TEST(a.logs(" does not answer"));
  since = clock::now();
  child->send_signal(SIGCONT);
  BOOST_TEST(a.sees("b"));
  show("a node that goes on is up", since);
  BOOST_TEST(c.sees("b"));
  child->wait_for_line(" is down: its link is lost or silent");
  child->wait_for_line(" is up");
  // The others have never lost each other.
  BOOST_TEST(a.times_logged("node c at ") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_faults_suite
