// protocol/README.md, "Exactly once", while nodes are killed under load: the
// nodes that run actions, those that keep their keys, and those of the clients.
// Each action leaves a line in a file. Clients try until they have an answer,
// or hear that nobody knows.
//
// STAGEDOOR_TEST_KEYS says how many keys there are.

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/free_port.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"

namespace keys_under_kills_suite {

using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;

constexpr std::size_t handler_nodes = 3;
constexpr std::size_t nodes_count = 5;
constexpr std::size_t users = 20;
constexpr std::size_t clients = 8;

std::size_t count_of_keys() {
  const auto* text = std::getenv("STAGEDOOR_TEST_KEYS");
  return text != nullptr ? std::stoul(text) : 2000;
}

std::string users_json() {
  std::string result;
  for (std::size_t i = 1; i <= users; ++i) {
    const auto n = std::to_string(i);
    result += (i > 1 ? "," : "") + (R"({"id":)" + n) + R"(,"username":"user)"
              + n + R"(","token":"token)" + n + R"("})";
  }
  return R"({"users":[)" + result + "]}";
}

/// Three nodes that run actions, and two that have only clients.
class five_nodes {
public:
  five_nodes() {
    setenv("EFFECTS", effects.path().c_str(), 1);
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
        STAGEDOOR_ONCE_NODE, "--node=" + name,
        "--cluster-bind=" + address_of(ports_[index]), "--join=" + seeds,
        index < handler_nodes ? "--roles=front,handlers" : "--roles=front",
        "--users=" + known_.path(), "--limits.action-timeout=2s",
        "--limits.drain-timeout=3s"});
    web_ports_[index] = nodes_[index]->port;
  }

  void end(std::size_t index, int which) {
    web_ports_[index] = 0;
    nodes_[index]->process.send_signal(which);
    nodes_[index]->process.wait();
  }

  void signal(std::size_t index, int which) {
    nodes_[index]->process.send_signal(which);
  }

  /// Where the clients of a node connect; 0 while it is not there. Thread rule:
  /// any thread.
  [[nodiscard]] std::uint16_t web_port(std::size_t index) const {
    return web_ports_[index];
  }

  temporary_file effects{""};

private:
  static std::string address_of(std::uint16_t port) {
    return "127.0.0.1:" + std::to_string(port);
  }

  temporary_file known_{users_json()};
  std::uint16_t ports_[nodes_count] = {};
  std::unique_ptr<running_program> nodes_[nodes_count];
  std::atomic<std::uint16_t> web_ports_[nodes_count] = {};
};

/// What has become of the message with a key.
enum class outcome { answered, unknown };

/// Clients that send messages with keys.
class load {
public:
  load(const five_nodes& nodes, std::size_t keys) : nodes_(nodes), keys_(keys) {
    for (std::size_t i = 0; i < clients; ++i)
      threads_.emplace_back([this, i] { send_all(i); });
  }

  ~load() { join(); }

  void join() {
    for (auto& thread : threads_)
      thread.join();
    threads_.clear();
  }

  [[nodiscard]] bool is_done() const { return done_ >= keys_; }
  [[nodiscard]] std::size_t done() const { return done_; }

  std::map<std::size_t, outcome> outcomes;
  std::vector<std::string> wrong;
  std::map<int, std::size_t> refusals;
  std::size_t lost = 0;

private:
  void send_all(std::size_t seed) {
    std::mt19937 random(static_cast<unsigned>(seed + 1));
    for (auto key = next_++; key < keys_; key = next_++) {
      const auto first = clock::now();
      while (!try_once(key, first, random))
        std::this_thread::sleep_for(20ms);
      ++done_;
    }
  }

  /// @returns whether the key has an outcome.
  bool try_once(std::size_t key, clock::time_point first,
                std::mt19937& random) {
    const auto port = nodes_.web_port(random() % nodes_count);
    if (port == 0)
      return false;
    try {
      const auto user = std::to_string(key % users + 1);
      websocket_client client{port, "/ws/?token=token" + user};
      const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
          clock::now() - first);
      const char* actions[] = {"now", "later", "block"};
      const auto number = std::to_string(key);
      auto answer = json::parse(client.ask(
          R"({"route":"effects/","action":")" + std::string(actions[key % 3])
          + R"(","once":"key )" + number + R"(","once_age":)"
          + std::to_string(age.count()) + R"(,"n":)" + number + R"(,"ms":)"
          + std::to_string(key % 120) + "}"));
      while (answer.as_object().contains("type"))
        answer = json::parse(client.read_text());
      return hear(key, answer.as_object());
    } catch (const std::exception&) {
      std::lock_guard lock{mutex_};
      ++lost;
      return false;
    }
  }

  bool hear(std::size_t key, const json::object& answer) {
    const auto status = static_cast<int>(answer.at("status").as_int64());
    std::lock_guard lock{mutex_};
    if (status == 503 || status == 504) {
      ++refusals[status];
      return false;
    }
    const auto is_unknown =
        status == 409
        && answer.at("errors")
               == json::array{"The outcome of this message is unknown."};
    const auto is_right =
        status == 200
        && answer.at("data")
               == json::object{{"n", static_cast<std::int64_t>(key)}};
    if (!is_unknown && !is_right)
      wrong.push_back(json::serialize(answer));
    outcomes[key] = is_unknown ? outcome::unknown : outcome::answered;
    return true;
  }

  const five_nodes& nodes_;
  const std::size_t keys_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> done_ = 0;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

std::map<std::size_t, int> count_lines(const std::string& path) {
  std::map<std::size_t, int> result;
  std::ifstream file{path};
  for (std::size_t n = 0; file >> n;)
    ++result[n];
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_under_kills, five_nodes)

BOOST_AUTO_TEST_CASE(no_action_runs_twice_while_nodes_are_killed) {
  const auto keys = count_of_keys();
  std::this_thread::sleep_for(4s); // Until a new cluster begins keys.
  load sent{*this, keys};
  std::mt19937 random(7);
  std::size_t ended = 0;
  // Each node in turn: some are killed, some fall silent, some leave.
  for (std::size_t turn = 0; !sent.is_done(); ++turn) {
    std::this_thread::sleep_for(1500ms);
    const auto index = turn % nodes_count;
    const auto way = random() % 4;
    ++ended;
    if (way == 0) {
      signal(index, SIGSTOP);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 5000));
      signal(index, SIGCONT);
      continue;
    }
    end(index, way == 1 ? SIGTERM : SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 4000));
    start(index);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 3000));
  }
  sent.join();
  const auto ran = count_lines(effects.path());
  std::size_t answered = 0;
  std::size_t unknown_ran = 0;
  std::size_t unknown_not = 0;
  std::size_t doubled = 0;
  for (const auto& [key, count] : ran)
    if (count > 1) {
      ++doubled;
      BOOST_ERROR("key " << key << " has run " << count << " times");
    }
  for (const auto& [key, what] : sent.outcomes) {
    const auto has_run = ran.contains(key);
    if (what == outcome::unknown)
      ++(has_run ? unknown_ran : unknown_not);
    else if (++answered; !has_run)
      sent.wrong.push_back("key " + std::to_string(key) + " has not run");
  }
  for (const auto& each : sent.wrong)
    BOOST_ERROR("wrong: " << each);
  BOOST_TEST_MESSAGE(
      keys << " keys, " << ended << " nodes ended or stopped: " << answered
           << " answered, " << unknown_ran + unknown_not << " unknown ("
           << unknown_ran << " of them have run), " << doubled << " doubled, "
           << sent.wrong.size() << " wrong answers; " << sent.refusals[503]
           << " times 503, " << sent.refusals[504] << " times 504, "
           << sent.lost << " links lost");
  BOOST_TEST(sent.outcomes.size() == keys);
  BOOST_TEST(answered > keys / 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keys_under_kills_suite
