#include "stagedoor/actors/handlers/runner_slots.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/owner_probe.hpp"

namespace runner_slots_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Slots whose owner passes on each death that it hears of.
struct slots_fixture {
  slots_fixture() { start(lifetime::connection); }

  void start(lifetime lives_for, bool greets = true) {
    slots.emplace(owner.self(),
                  runner_setup{world.shared(),
                               handler("subject")
                                   .lives_for(lives_for)
                                   .on_open(note("open "))
                                   .on_close(note("close ")),
                               {}},
                  greets, key_setup{count});
    owner.on_death([this](const caf::down_msg& down) {
      if (auto connection_id = slots->connection_died(down.source))
        ended.push_back(*connection_id);
      else
        slots->runner_died(down);
    });
    world.settle();
  }

  std::function<void(const context&)> note(const std::string& prefix) {
    return [this, prefix](const context& ctx) {
      hooks.push_back(prefix + std::to_string(ctx.scope().connection_id));
    };
  }

  runner_actor runner_of(client_probe& connection) {
    return slots->runner_for(connection.message("act")).handle();
  }

  void introduce(const client_probe& connection) {
    slots->introduce(connection.opened());
    world.settle();
  }

  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home, 1};
  client_probe other{home, 2};
  owner_probe owner{home};
  /// What the hooks were told, in order.
  std::vector<std::string> hooks;
  /// The connections whose end was known of.
  std::vector<std::uint64_t> ended;
  std::shared_ptr<std::atomic<std::size_t>> count =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::optional<stagedoor::runner_slots> slots;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(runner_slots, slots_fixture)

BOOST_AUTO_TEST_CASE(each_connection_has_a_runner_of_its_own) {
  auto runner = runner_of(client);
  BOOST_TEST((runner_of(client) == runner));
  BOOST_TEST((runner_of(other) != runner));
}

BOOST_AUTO_TEST_CASE(for_a_unit_one_runner_serves_all_connections) {
  start(lifetime::unit);
  auto runner = runner_of(client);
  BOOST_TEST((runner_of(other) == runner));
}

BOOST_AUTO_TEST_CASE(a_runner_is_told_of_a_connection_once) {
  introduce(client);
  introduce(client);
  introduce(other);
  BOOST_TEST(hooks == (std::vector<std::string>{"open 1", "open 2"}));
}

BOOST_AUTO_TEST_CASE(a_fresh_runner_is_told_again) {
  introduce(client);
  world.kill(runner_of(client));
  BOOST_TEST(world.logged("a runner of handler \"subject\" died"));
  BOOST_TEST(world.logged(" (connection 1, user "));
  introduce(client);
  introduce(client);
  BOOST_TEST(hooks == (std::vector<std::string>{"open 1", "open 1"}));
}

BOOST_AUTO_TEST_CASE(a_state_that_cannot_be_made_is_named) {
  struct unmakeable {
    unmakeable() { throw std::runtime_error("no disk"); }
  };
  slots.emplace(
      owner.self(),
      runner_setup{world.shared(), handler<unmakeable>("subject"), {}}, false,
      key_setup{count});
  slots->introduce(client.opened());
  runner_of(client);
  world.settle();
  BOOST_TEST(world.logged("the state of handler \"subject\" threw: no disk"));
  BOOST_TEST(world.logged("a runner of handler \"subject\" died: "));
  BOOST_TEST(world.logged(" (connection 1, user "));
}

BOOST_AUTO_TEST_CASE(an_old_runner_takes_no_new_one_of_its_number_along) {
  introduce(client);
  client_probe of_another_node{home, 1};
  runner_actor next;
  owner.on_death([&](const caf::down_msg& down) {
    if (slots->connection_died(down.source))
      next = runner_of(of_another_node);
    else
      slots->runner_died(down);
  });
  world.kill(client.handle());
  BOOST_REQUIRE(!!next);
  BOOST_TEST((runner_of(of_another_node) == next));
  BOOST_TEST(!world.logged("a runner of handler \"subject\" died"));
}

BOOST_AUTO_TEST_CASE(runners_without_hooks_are_not_told) {
  start(lifetime::connection, false);
  introduce(client);
  BOOST_TEST(hooks.empty());
  // The end of the connection is known all the same.
  world.kill(client.handle());
  BOOST_TEST(ended == std::vector<std::uint64_t>{1});
}

BOOST_AUTO_TEST_CASE(after_its_second_death_a_runner_waits_for_100_ms) {
  world.kill(runner_of(client));
  world.kill(runner_of(client));
  BOOST_TEST(!runner_of(client));
  BOOST_TEST(!!runner_of(other));
  world.advance(99ms);
  BOOST_TEST(!runner_of(client));
  world.advance(1ms);
  BOOST_TEST(!!runner_of(client));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_ends_its_runner) {
  introduce(client);
  auto members = home.member_count();
  world.kill(client.handle());
  BOOST_TEST(ended == std::vector<std::uint64_t>{1});
  BOOST_TEST(hooks == (std::vector<std::string>{"open 1", "close 1"}));
  // The client and its runner.
  BOOST_TEST(home.member_count() == members - 2);
  BOOST_TEST(world.log() == "");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_leaves_a_shared_runner) {
  start(lifetime::unit);
  introduce(client);
  introduce(other);
  auto runner = runner_of(client);
  world.kill(client.handle());
  BOOST_TEST(hooks.back() == "close 1");
  BOOST_TEST((runner_of(other) == runner));
}

BOOST_AUTO_TEST_CASE(a_stranger_is_no_connection) {
  BOOST_TEST(!slots->connection_died(client.handle().address()).has_value());
}

BOOST_AUTO_TEST_CASE(runners_end_with_their_slots) {
  auto members = home.member_count();
  runner_of(client);
  runner_of(other);
  BOOST_TEST(home.member_count() == members + 2);
  owner.on_death([](const caf::down_msg&) {});
  slots.reset();
  world.settle();
  BOOST_TEST(home.member_count() == members);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace runner_slots_suite
