// actors/description/README.md, "State by key": over real sockets, on a server
// of several units.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/one_client.hpp"

namespace keyed_states_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t units = 3;

/// The states that are alive, and how often a key had two of them.
class census {
public:
  void begin(const std::string& key) {
    std::lock_guard lock{mutex_};
    ++begun_;
    if (++alive_[key] > 1)
      ++twins_;
  }

  void end(const std::string& key) {
    std::lock_guard lock{mutex_};
    --alive_[key];
  }

  [[nodiscard]] int begun() const {
    std::lock_guard lock{mutex_};
    return begun_;
  }

  [[nodiscard]] int twins() const {
    std::lock_guard lock{mutex_};
    return twins_;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, int> alive_;
  int begun_ = 0;
  int twins_ = 0;
};

class counted_room {
public:
  counted_room(const state_context& self, census& all)
      : key_(self.key()), all_(all) {
    all_.begin(key_);
  }

  ~counted_room() { all_.end(key_); }

  counted_room(const counted_room&) = delete;
  counted_room& operator=(const counted_room&) = delete;

  std::int64_t visits = 0;

private:
  std::string key_;
  census& all_;
};

std::string thread_name() {
  return std::to_string(
      std::hash<std::thread::id>{}(std::this_thread::get_id()));
}

endpoint_spec rooms(census& all) {
  return endpoint("/ws/").route(
      R"(rooms/(?P<room>\w+)/$)",
      handler<counted_room>("room",
                            [&all](const state_context& self) {
                              return counted_room{self, all};
                            })
          .lives_for(lifetime::key("room"))
          .action("visit",
                  [](counted_room& state) { return ok(++state.visits); })
          .action("where",
                  [](counted_room&) { return ok(json::value(thread_name())); })
          .action("last_visit", [](counted_room& state, const context& ctx) {
            ctx.state().end();
            return ok(++state.visits);
          }));
}

std::string message(const std::string& key, const std::string& action) {
  return R"({"action":")" + action + R"(","route":"rooms/)" + key + R"(/"})";
}

std::string visited(const std::string& key, std::int64_t visits,
                    const std::string& action = "visit") {
  return success(std::to_string(visits), action, "rooms/" + key + "/");
}

struct room_server {
  census all;
  test_server server{{rooms(all)},
                     [](server_options& options) { options.threads = units; }};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keyed_states, room_server)

BOOST_AUTO_TEST_CASE(clients_of_all_units_share_the_state_of_a_key) {
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (std::size_t i = 0; i < 2 * units; ++i)
    clients.push_back(
        std::make_unique<websocket_client>(server.port(), "/ws/"));
  std::int64_t visits = 0;
  for (const auto& client : clients) {
    BOOST_TEST(client->ask(message("a", "visit")) == visited("a", ++visits));
    BOOST_TEST(client->ask(message("b", "visit")) == visited("b", visits));
  }
  BOOST_TEST(all.begun() == 2);
}

BOOST_AUTO_TEST_CASE(keys_are_spread_over_the_units) {
  websocket_client one(server.port(), "/ws/");
  websocket_client other(server.port(), "/ws/");
  std::set<std::string> threads;
  for (int i = 0; i < 40; ++i) {
    const auto where = message("k" + std::to_string(i), "where");
    const auto there = one.ask(where);
    BOOST_TEST(other.ask(where) == there);
    threads.insert(there.substr(0, there.find(R"(,"action")")));
  }
  BOOST_TEST(threads.size() == units);
}

// Many clients visit the same few rooms, and end them again and again. Each
// message is answered by a state of its room, and no room has two at a time.
BOOST_AUTO_TEST_CASE(no_key_has_two_states_while_they_come_and_go) {
  constexpr int clients = 8;
  constexpr int rounds = 300;
  std::atomic<int> answered{0};
  std::atomic<int> ends{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      websocket_client client(server.port(), "/ws/");
      for (int round = 0; round < rounds; ++round) {
        const auto key = std::string(1, static_cast<char>('a' + round % 3));
        const auto is_last = (round + i) % 5 == 0;
        ends += is_last ? 1 : 0;
        const auto reply =
            client.ask(message(key, is_last ? "last_visit" : "visit"));
        if (reply.ends_with(R"("status":200})"))
          ++answered;
      }
    });
  for (auto& each : threads)
    each.join();
  BOOST_TEST(answered == clients * rounds);
  BOOST_TEST(all.twins() == 0);
  // Some ends met a state that was about to end already.
  BOOST_TEST(all.begun() > 3);
  BOOST_TEST(all.begun() <= ends + 3);
}

BOOST_AUTO_TEST_CASE(a_bound_holds_for_all_units_together) {
  census few;
  test_server small{{rooms(few)}, [](server_options& options) {
                      options.threads = units;
                      options.limits.keyed_states_max = 10;
                    }};
  websocket_client client(small.port(), "/ws/");
  for (int i = 0; i < 10; ++i) {
    const auto key = "k" + std::to_string(i);
    BOOST_TEST(client.ask(message(key, "visit")) == visited(key, 1));
  }
  BOOST_TEST(client.ask(message("k10", "visit"))
             == failure(503, unavailable, "visit", "rooms/k10/"));
  BOOST_TEST(client.ask(message("k3", "last_visit"))
             == visited("k3", 2, "last_visit"));
  BOOST_TEST(eventually([&] {
    return client.ask(message("k10", "visit")) == visited("k10", 1);
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keyed_states_suite
