// Nodes on hosts of their own, of which one is cut off from the others: what is
// sent to it, or by it, is dropped without a word. run.sh makes the hosts.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/child_process.hpp"
#include "support/faulted_load.hpp"
#include "support/newsroom_address.hpp"
#include "support/room_member.hpp"
#include "support/room_visitors.hpp"

namespace partitions_suite {

using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// The port of 127.0.0.1 that a node has for clients, on each host, and that of
/// the node with rooms.
constexpr std::uint16_t clients_port = 8080;
constexpr std::uint16_t rooms_port = 8090;

/// How long a partition lasts at least: both sides have long given the link up,
/// and have looked for each other in vain.
constexpr auto partition_time = 8s;

/// What run.sh says.
std::string setting(const char* name) {
  const auto* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string{name} + " is not set: use run.sh");
  return value;
}

/// Cuts a node off from the others, until it is healed.
class partition {
public:
  explicit partition(std::string node)
      : node_(std::move(node)), begin_(std::chrono::steady_clock::now()) {
    BOOST_REQUIRE(set_port("disabled"));
  }

  // Also where a test fails before.
  ~partition() { set_port("forwarding"); }

  partition(const partition&) = delete;
  partition& operator=(const partition&) = delete;

  void heal_in_time() {
    std::this_thread::sleep_until(begin_ + partition_time);
    BOOST_REQUIRE(set_port("forwarding"));
  }

private:
  /// The switch's port has the name of the node behind it.
  bool set_port(const std::string& state) {
    child_process bridge({setting("BRIDGE"), "-n", setting("SWITCH"), "link",
                          "set", "dev", node_, "state", state});
    return bridge.wait() == 0;
  }

  std::string node_;
  std::chrono::steady_clock::time_point begin_;
};

/// A node on its host.
struct host {
  explicit host(const std::string& node)
      : name(node),
        address(clients_port,
                std::make_shared<network_namespace>(setting("HOSTS") + node)) {}

  std::string name;
  newsroom_address address;
};

/// Waits until one sees others so; it may have to give up their links first.
/// @returns whether that was so in time.
bool comes_to_see(const host& one, const std::vector<const host*>& others,
                  bool up) {
  const auto holds = [&] {
    return std::all_of(others.begin(), others.end(), [&](const auto* other) {
      return one.address.sees(other->name) == up;
    });
  };
  return eventually(holds) || eventually(holds);
}

/// Two nodes that have clients and one that runs their handlers; and somebody
/// at each of the two.
struct three_hosts {
  three_hosts() {
    BOOST_REQUIRE(all_see_all());
    BOOST_REQUIRE(eventually([&] { return all_serve(addresses()); }));
    alice = std::make_unique<room_member>(first.address, "alice");
    bob = std::make_unique<room_member>(second.address, "bob");
    alice->join();
    bob->join();
    check_room("before");
  }

  [[nodiscard]] std::vector<newsroom_address> addresses() const {
    return {first.address, second.address};
  }

  [[nodiscard]] bool all_see_all() const {
    return comes_to_see(first, {&second, &handlers}, true)
           && comes_to_see(second, {&first, &handlers}, true)
           && comes_to_see(handlers, {&first, &second}, true);
  }

  /// What one says reaches both.
  void check_room(const std::string& when) const {
    BOOST_TEST(alice->finds("bob"));
    BOOST_TEST(bob->finds("alice"));
    for (auto* speaker : {alice.get(), bob.get()}) {
      speaker->say(when);
      alice->hears(when);
      bob->hears(when);
    }
  }

  host first{"front-1"};
  host second{"front-2"};
  host handlers{"handlers"};
  std::unique_ptr<room_member> alice;
  std::unique_ptr<room_member> bob;
};

/// Clients at the node with rooms of each host.
struct visited_rooms {
  visited_rooms() {
    for (const std::string host : {"front-1", "front-2", "handlers"})
      visitors.add([address = newsroom_address{
                        rooms_port, std::make_shared<network_namespace>(
                                        setting("HOSTS") + host)}] {
        return address.client("/ws/");
      });
    visitors.await_all("all are linked");
  }

  room_visitors visitors;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(partitions, three_hosts)

BOOST_AUTO_TEST_CASE(nothing_fails_while_all_are_linked) {
  faulted_load load(addresses());
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check_unharmed("all linked");
}

BOOST_AUTO_TEST_CASE(
    handlers_that_are_cut_off_cost_503_or_504_and_serve_when_it_heals) {
  faulted_load load(addresses());
  partition cut(handlers.name);
  load.note_fault();
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  BOOST_TEST(comes_to_see(first, {&handlers}, false));
  BOOST_TEST(comes_to_see(second, {&handlers}, false));
  BOOST_TEST(comes_to_see(handlers, {&first, &second}, false));
  BOOST_TEST(first.address.sees(second.name));
  cut.heal_in_time();
  await_service(addresses(), "handlers cut off");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  load.check_lost("handlers cut off");
  BOOST_TEST(all_see_all());
  check_room("after");
}

BOOST_AUTO_TEST_CASE(a_front_that_is_cut_off_harms_no_client_of_another) {
  faulted_load unharmed({first.address});
  faulted_load load({second.address});
  partition cut(second.name);
  load.note_fault();
  BOOST_TEST(load.more_are(&newsroom_load::failed));
  BOOST_TEST(comes_to_see(first, {&second}, false));
  BOOST_TEST(comes_to_see(handlers, {&second}, false));
  BOOST_TEST(comes_to_see(second, {&first, &handlers}, false));
  BOOST_TEST(unharmed.more_are(&newsroom_load::served));
  cut.heal_in_time();
  await_service({second.address}, "a front cut off");
  BOOST_TEST(load.more_are(&newsroom_load::served));
  BOOST_TEST(unharmed.more_are(&newsroom_load::served));
  load.check_lost("a front cut off");
  unharmed.check_unharmed("beside a front cut off");
  BOOST_TEST(all_see_all());
  check_room("after");
}

// With its clients on both sides: who is cut off may not go on, and the others
// may not begin before.
BOOST_FIXTURE_TEST_CASE(no_key_has_two_states_while_its_nodes_are_cut_off,
                        visited_rooms) {
  for (const std::string host : {"front-1", "handlers"}) {
    partition cut(host);
    visitors.await_all(host + " was cut off");
    cut.heal_in_time();
    visitors.await_all("it is back");
  }
  visitors.check_history();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace partitions_suite
