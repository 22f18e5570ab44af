// Nodes that fail under load: two have clients, the third runs the handlers. It
// is killed, or stopped, and comes back.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "support/channel.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/http_texts.hpp"
#include "support/newsroom_load.hpp"
#include "support/talk.hpp"

using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

/// The deadline of a message that goes to another node is that of permission
/// and action, as `newsroom_node` sets them.
constexpr auto deadline = 1000ms;
/// What a busy machine may add: with it, a failure still comes before a silent
/// link is given up.
constexpr auto tolerance = 2000ms;

constexpr std::size_t clients_of_a_front = 10;

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
  child_process& process() { return process_; }

  /// Whether it sees another node up, by what it tells of its health. Down also
  /// if it does not know it.
  [[nodiscard]] bool sees(const std::string& other) const {
    raw_client client(port_);
    client.send_bytes("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.read_http_answer();
    const auto at = answer.find(R"("name":")" + other + '"');
    return at != std::string::npos
           && answer.substr(at, answer.find('}', at) - at)
                  .ends_with(R"("up":true)");
  }

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
    BOOST_REQUIRE(eventually([&] { return both_serve(); }));
    BOOST_REQUIRE(eventually([&] { return fronts[0]->sees("front-2"); }));
    BOOST_REQUIRE(eventually([&] { return fronts[1]->sees("front-1"); }));
  }

  void start_handlers() {
    handlers = std::make_unique<newsroom_node>("handlers", "handlers",
                                               handlers_port, handlers_port);
  }

  /// Whether a client of a front is answered by the node with the handlers.
  [[nodiscard]] static bool serves(const newsroom_node& front) {
    websocket_client client(front.port(), "/ws/");
    return client.ask(R"({"action":"your_custom_action","route":"open/7/"})")
               .find(R"("status":200)")
           != std::string::npos;
  }
  [[nodiscard]] bool both_serve() const {
    return serves(*fronts[0]) && serves(*fronts[1]);
  }

  /// Waits until both fronts see the node with the handlers so.
  [[nodiscard]] bool both_see_handlers(bool up) const {
    const auto holds = [&] {
      return std::all_of(fronts.begin(), fronts.end(), [&](const auto& front) {
        return front->sees("handlers") == up;
      });
    };
    return eventually(holds) || eventually(holds);
  }

  std::uint16_t handlers_port = free_port();
  std::unique_ptr<newsroom_node> handlers;
  std::vector<std::unique_ptr<newsroom_node>> fronts;
};

/// Load on both fronts, around a fault.
class load_on_both {
public:
  explicit load_on_both(const three_nodes& nodes) {
    for (const auto& front : nodes.fronts)
      loads_.push_back(
          std::make_unique<newsroom_load>(front->port(), clients_of_a_front));
    BOOST_REQUIRE(more_are(&newsroom_load::served));
  }

  /// Waits until both have got some more of these answers.
  [[nodiscard]] bool more_are(std::size_t (newsroom_load::*count)() const) {
    constexpr std::size_t some = 100;
    return std::all_of(loads_.begin(), loads_.end(), [&](const auto& load) {
      const auto before = (*load.*count)();
      return eventually([&] { return (*load.*count)() >= before + some; });
    });
  }

  void note_fault() {
    for (const auto& load : loads_)
      load->note_fault();
  }

  /// Ends the load and says what must hold whatever happened to the nodes.
  void check(const std::string& what) {
    load_result sum;
    for (const auto& load : loads_)
      sum += load->stop();
    BOOST_TEST_MESSAGE(what << ": " << text_of(sum));
    for (const auto& fault : sum.faults)
      BOOST_ERROR(fault);
    std::size_t answered = 0;
    for (const auto& [status, count] : sum.answers) {
      BOOST_TEST((status == 200 || status == 503 || status == 504),
                 count << " x " << status);
      answered += count;
    }
    BOOST_TEST(answered == sum.sent);
    // The fault has met messages that were under way.
    BOOST_TEST(sum.lost > 0u);
    BOOST_TEST(sum.longest_failure.count() <= (deadline + tolerance).count());
  }

private:
  std::vector<std::unique_ptr<newsroom_load>> loads_;
};

/// Waits, for the `patience` of 5 s, until clients of both fronts are served
/// again, and prints how long that took.
void await_service(const three_nodes& nodes, const std::string& what) {
  const auto since = clock::now();
  BOOST_TEST(eventually([&] { return nodes.both_serve(); }));
  BOOST_TEST_MESSAGE(
      what << ": served again after "
           << std::chrono::duration_cast<std::chrono::milliseconds>(clock::now()
                                                                    - since)
                  .count()
           << " ms");
}

/// Somebody in the room of the test, on one of the nodes.
class guest {
public:
  guest(const newsroom_node& front, const std::string& who)
      : client_(front.port(), "/ws/?token=" + who + "-token") {}

  void join() {
    BOOST_TEST(ask("join", "").find(R"("status":200)") != std::string::npos);
  }
  void say(const std::string& text) {
    BOOST_TEST(ask("say", R"(,"text":")" + text + '"').find(R"("status":200)")
               != std::string::npos);
  }
  /// Waits until it hears that, whatever it hears before.
  void hears(const std::string& text) {
    while (client_.read_text().find('"' + text + '"') == std::string::npos) {
    }
  }

private:
  /// @returns the envelope: events may come before it.
  std::string ask(const std::string& action, const std::string& more) {
    client_.send_text(R"({"action":")" + action
                      + R"(","route":"rooms/nodes/","request_id":1)" + more
                      + '}');
    for (;;) {
      auto text = client_.read_text();
      if (text.find(R"("request_id":1)") != std::string::npos)
        return text;
    }
  }

  websocket_client client_;
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

BOOST_AUTO_TEST_CASE(
    a_killed_node_costs_503_or_504_and_its_next_process_serves) {
  guest alice(*fronts[0], "alice");
  guest bob(*fronts[1], "bob");
  alice.join();
  bob.say("before");
  alice.hears("before");
  load_on_both load(*this);
  load.note_fault();
  handlers->process().send_signal(SIGKILL);
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  BOOST_TEST(handlers->process().wait() == -SIGKILL);
  BOOST_TEST(both_see_handlers(false));
  start_handlers();
  await_service(*this, "killed");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check("killed");
  // Who is in a room stays there: that is known where the client is.
  bob.say("after");
  alice.hears("after");
}

BOOST_AUTO_TEST_CASE(
    a_silent_node_costs_503_or_504_and_serves_when_it_goes_on) {
  guest alice(*fronts[0], "alice");
  guest bob(*fronts[1], "bob");
  alice.join();
  bob.say("before");
  alice.hears("before");
  load_on_both load(*this);
  load.note_fault();
  handlers->process().send_signal(SIGSTOP);
  BOOST_TEST(both_see_handlers(false));
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  handlers->process().send_signal(SIGCONT);
  await_service(*this, "silent");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check("silent");
  bob.say("after");
  alice.hears("after");
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
  await_service(*this, "unnoticed");
}

BOOST_AUTO_TEST_SUITE_END()
