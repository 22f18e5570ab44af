// A unit with its thread and its loop, without a server.

#include "stagedoor/actors/units/io_unit.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "support/tcp_pair.hpp"
#include "support/test_io.hpp"

namespace io_unit_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using clock_type = stagedoor::io_unit::clock;

constexpr std::size_t resumes_per_turn_max = 1024;
/// Longer than any test takes.
constexpr auto long_time = 10s;

/// The threads of this process, by number.
std::set<std::string> threads() {
  std::set<std::string> result;
  for (const auto& thread :
       std::filesystem::directory_iterator{"/proc/self/task"})
    result.insert(thread.path().filename());
  return result;
}

/// How often a thread has gone to sleep.
int sleeps_of(const std::string& thread) {
  std::ifstream in{"/proc/self/task/" + thread + "/status"};
  for (std::string name; in >> name;)
    if (int count = 0; name == "voluntary_ctxt_switches:" && in >> count)
      return count;
  return -1;
}

struct unit_fixture {
  void start(clock_type::duration spin = 0s) {
    home = std::make_unique<stagedoor::io_unit>(system, 0, make_tested_loop(),
                                                resumes_per_turn_max, spin);
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  std::unique_ptr<stagedoor::io_unit> home;
};

/// Notes what the unit does with it in the turn in which bytes come.
struct noting_socket final : unit_socket {
  explicit noting_socket(stagedoor::io_unit& unit) : home(unit) {}

  void received(std::span<char>, error_code) override {
    order += "received ";
    home.flush_later(*this);
    home.deliver_later(*this);
    home.flush_later(*this);
  }

  void deliver() override { order += "deliver "; }

  void flush() override {
    order += "flush ";
    home.loop().send(*this, "answer");
  }

  void sent(std::size_t, error_code) override {
    order += "sent";
    done.set_value(order);
  }

  void writable() override {}

  stagedoor::io_unit& home;
  std::string order;
  std::promise<std::string> done;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(io_unit, unit_fixture)

BOOST_AUTO_TEST_CASE(an_idle_unit_sleeps) {
  for (const clock_type::duration spin : {0ms, 1ms}) {
    start(spin);
    const tcp_pair pair;
    home->loop().watch(std::make_shared<noting_socket>(*home),
                       pair.server.number());
    // Of nobody's interest.
    pair.send("a");
    const auto before = threads();
    home->start();
    const auto after = threads();
    std::set<std::string> started;
    std::ranges::set_difference(after, before,
                                std::inserter(started, started.end()));
    BOOST_REQUIRE(started.size() == 1u);
    std::this_thread::sleep_for(50ms);
    const auto sleeps = sleeps_of(*started.begin());
    std::this_thread::sleep_for(200ms);
    BOOST_TEST(sleeps >= 1);
    BOOST_TEST(sleeps_of(*started.begin()) == sleeps);
    BOOST_TEST((home->busy_for() == 0s));
    home->stop();
  }
}

BOOST_AUTO_TEST_CASE(wakes_up_for_its_deadlines) {
  for (const clock_type::duration spin : {0ms, 1ms}) {
    start(spin);
    std::promise<bool> expired;
    deadline due{[&] { expired.set_value(home->is_current()); }};
    const auto began = clock_type::now();
    home->arm(due, 30ms);
    home->start();
    auto result = expired.get_future();
    BOOST_REQUIRE((result.wait_for(long_time) == std::future_status::ready));
    BOOST_TEST(result.get());
    BOOST_TEST((clock_type::now() - began >= 30ms));
    home->stop();
  }
}

BOOST_AUTO_TEST_CASE(reads_then_delivers_then_writes_once) {
  start();
  const tcp_pair pair;
  const auto socket = std::make_shared<noting_socket>(*home);
  home->loop().watch(socket, pair.server.number());
  home->loop().receive(*socket, socket_loop::receive_bytes_max);
  home->start();
  pair.send("a");
  auto result = socket->done.get_future();
  BOOST_REQUIRE((result.wait_for(long_time) == std::future_status::ready));
  BOOST_TEST(result.get() == "received deliver flush sent");
  BOOST_TEST(pair.receive() == "answer");
  home->stop();
}

BOOST_AUTO_TEST_CASE(lets_go_of_its_sockets_at_its_end) {
  start();
  const tcp_pair pair;
  auto socket = std::make_shared<noting_socket>(*home);
  const std::weak_ptr<noting_socket> life = socket;
  home->loop().watch(socket, pair.server.number());
  home->flush_later(*socket);
  socket.reset();
  home->start();
  BOOST_TEST(pair.receive() == "answer");
  home->stop();
  BOOST_TEST(!life.expired());
  home.reset();
  BOOST_TEST(life.expired());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace io_unit_suite
