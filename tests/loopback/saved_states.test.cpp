// actors/description/README.md, "Loading and saving": over real sockets, by
// servers that stop and by nodes that drain.

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/raw_client.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace saved_states_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr int rooms_count = 12;

/// What states are read from and written to, by the worker threads of all
/// servers.
class archive {
public:
  std::int64_t read(const std::string& key) {
    std::lock_guard lock{mutex_};
    return visits_[key];
  }

  void write(const std::string& key, std::int64_t visits) {
    std::this_thread::sleep_for(write_time);
    std::lock_guard lock{mutex_};
    visits_[key] = visits;
    ++writes_;
  }

  [[nodiscard]] int writes() const {
    std::lock_guard lock{mutex_};
    return writes_;
  }

private:
  /// So that a server that does not wait for it is found out.
  static constexpr std::chrono::milliseconds write_time{50};

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> visits_;
  int writes_ = 0;
};

struct room {
  std::int64_t visits = 0;
};

endpoint_spec rooms(archive& kept, const lifetime& life) {
  return endpoint("/ws/").route(
      R"(rooms/(?P<room>\w+)/$)",
      handler<room>("room",
                    [&kept](const state_context& self) -> task<room> {
                      auto read = [&kept, key = self.key()] {
                        return kept.read(key);
                      };
                      const auto visits = co_await self.blocking(read);
                      co_return room{visits};
                    })
          .lives_for(life)
          .on_end([&kept](const room& state,
                          const state_context& self) -> task<void> {
            auto write = [&kept, key = self.key(), visits = state.visits] {
              kept.write(key, visits);
            };
            co_await self.blocking(write);
          })
          .action("visit", [](room& state) { return ok(++state.visits); }));
}

std::string key_of(int room) {
  return "r" + std::to_string(room);
}

std::string visit(websocket_client& client, int room) {
  return client.ask(R"({"action":"visit","route":"rooms/)" + key_of(room)
                    + R"(/"})");
}

std::string visited(int room, std::int64_t visits) {
  return success(std::to_string(visits), "visit",
                 "rooms/" + key_of(room) + "/");
}

/// Visits all rooms.
void check_visits(std::uint16_t port, std::int64_t visits) {
  websocket_client client(port, "/ws/");
  for (int i = 0; i < rooms_count; ++i)
    BOOST_TEST(visit(client, i) == visited(i, visits));
}

/// A node with a server of the rooms.
struct room_node {
  room_node(archive& kept, cluster_options options)
      : node(std::move(options)),
        running(start({rooms(kept, lifetime::key_in_cluster("room"))})) {}

  std::optional<server> start(const std::vector<endpoint_spec>& endpoints) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    options.cluster = node.shared();
    auto started = serve(node.system(), options, endpoints);
    BOOST_REQUIRE(started);
    return std::move(*started);
  }

  test_node node;
  std::optional<server> running;
};

} // namespace

BOOST_AUTO_TEST_SUITE(saved_states)

BOOST_AUTO_TEST_CASE(a_server_goes_on_where_the_one_before_it_stopped) {
  archive kept;
  for (std::int64_t visits = 1; visits <= 3; ++visits) {
    test_server server{{rooms(kept, lifetime::key("room"))}};
    check_visits(server.port(), visits);
  }
  BOOST_TEST(kept.writes() == 3 * rooms_count);
}

BOOST_AUTO_TEST_CASE(a_stop_waits_while_clients_are_connected) {
  archive kept;
  std::optional<test_server> server;
  server.emplace(std::vector{rooms(kept, lifetime::key("room"))});
  websocket_client client(server->port(), "/ws/");
  BOOST_TEST(visit(client, 0) == visited(0, 1));
  server.reset();
  BOOST_TEST(kept.read(key_of(0)) == 1);
}

BOOST_AUTO_TEST_CASE(when_a_node_drains_its_states_go_on_at_another) {
  archive kept;
  room_node a{kept, node_named("a")};
  room_node b{kept, node_named("b", {a.node.address()})};
  BOOST_TEST(a.node.sees("b"));
  BOOST_TEST(b.node.sees("a"));
  websocket_client client(b.running->port(), "/ws/");
  // Until both have met, a key may be refused.
  BOOST_TEST(at_last([&] { return visit(client, 0) == visited(0, 1); }));
  for (int i = 1; i < rooms_count; ++i)
    BOOST_TEST(visit(client, i) == visited(i, 1));
  BOOST_TEST(kept.writes() == 0);
  a.running->drain();
  for (int i = 0; i < rooms_count; ++i)
    BOOST_TEST(at_last([&] { return visit(client, i) == visited(i, 2); }));
  // Some of them were there, and some were here all the time.
  BOOST_TEST(kept.writes() > 0);
  BOOST_TEST(kept.writes() < rooms_count);
  a.running.reset();
  a.node.leave();
  for (int i = 0; i < rooms_count; ++i)
    BOOST_TEST(visit(client, i) == visited(i, 3));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace saved_states_suite
