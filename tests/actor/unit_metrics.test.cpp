#include "stagedoor/actors/guards/permission_pool.hpp"
#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/permissions/custom_permission.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/connection_fixture.hpp"
#include "support/handler_fixture.hpp"
#include "support/message_tallies.hpp"
#include "support/role_probes.hpp"
#include "support/tree_of.hpp"

namespace unit_metrics_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// What has been counted by number.
std::string
numbers(const tally_table<std::uint16_t, stagedoor::tally>& counted) {
  std::string result;
  counted.each([&](std::uint16_t number, const stagedoor::tally& count) {
    result +=
        std::to_string(number) + ": " + std::to_string(count.value()) + ' ';
  });
  return result;
}

/// How often permissions answered has_permission so.
std::uint64_t answers(const actor_world& world, decision::verdict which) {
  return world.metrics()
      .decisions(1)
      .verdicts.at(static_cast<std::size_t>(which))
      .value();
}

/// One question to a pool of real workers.
struct asked_pool {
  gate door;
  actor_world world;
  opens_at_end at_end{door};
  permission_pool_actor pool =
      world.home().spawn(permission_pool, world.shared());
  client_probe client{world.home()};

  void ask(permission_list guard) {
    client.ask<decision>(
        pool, permission_check{
                  question::has_permission,
                  std::make_shared<evaluation>(
                      std::make_shared<permission_list>(std::move(guard)),
                      client.message("act"))});
    world.settle();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(unit_metrics)

BOOST_AUTO_TEST_CASE(nothing_is_counted_if_nobody_collects) {
  actor_world world;
  runtime off = *world.shared();
  BOOST_TEST(stagedoor::unit_metrics::of(off, world.home())
             == &world.metrics());
  off.metrics = nullptr;
  BOOST_TEST(stagedoor::unit_metrics::of(off, world.home())
             == static_cast<stagedoor::unit_metrics*>(nullptr));
}

BOOST_AUTO_TEST_CASE(units_count_apart) {
  const server_metrics subject{2};
  BOOST_TEST(subject.unit_count() == 2u);
  subject.of_unit(0).connections.add();
  BOOST_TEST(subject.of_unit(0).connections.value() == 1u);
  BOOST_TEST(subject.of_unit(1).connections.value() == 0u);
}

BOOST_AUTO_TEST_CASE(drops_and_groups_are_kept) {
  stagedoor::unit_metrics subject;
  subject.count_drop(drop_reason::push);
  subject.count_drop(drop_reason::push, 2);
  BOOST_TEST(subject.drops(drop_reason::push).value() == 3u);
  subject.set_groups(4, 9);
  BOOST_TEST(subject.groups().value() == 4u);
  BOOST_TEST(subject.group_members().value() == 9u);
  subject.set_groups(0, 0);
  BOOST_TEST(subject.groups().value() == 0u);
  BOOST_TEST(subject.group_members().value() == 0u);
}

BOOST_AUTO_TEST_CASE(a_code_of_a_client_makes_no_row) {
  stagedoor::unit_metrics subject;
  for (std::uint16_t code = 3000; code < 5000; ++code)
    subject.count_close(static_cast<close_code>(code));
  subject.count_close(close_code::none);
  subject.count_close(static_cast<close_code>(1001));
  BOOST_TEST(
      numbers(subject.closes)
      == "0: 1 1: 1995 1001: 1 4012: 1 4013: 1 4401: 1 4403: 1 4408: 1 ");
}

BOOST_FIXTURE_TEST_CASE(a_push_to_a_full_socket_is_a_drop, connection_fixture) {
  open();
  const auto& dropped = world.metrics().drops(drop_reason::push);
  tell(event{});
  BOOST_TEST(dropped.value() == 0u);
  socket->full = true;
  tell(event{});
  BOOST_TEST(dropped.value() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_connection_counts_from_accept_to_its_end,
                        connection_fixture) {
  auto& counted = world.metrics();
  start();
  BOOST_TEST(counted.connections.value() == 1u);
  emit(transport_ended{close_code::none, "gone"});
  BOOST_TEST(counted.connections.value() == 0u);
  BOOST_TEST(numbers(counted.handshakes) == "0: 1 ");
  BOOST_TEST(numbers(counted.closes).empty());
}

BOOST_FIXTURE_TEST_CASE(a_refused_client_has_not_gone, connection_fixture) {
  start();
  request_head("/nowhere");
  emit(transport_ended{close_code::none, "answered"});
  BOOST_TEST(numbers(world.metrics().handshakes) == "404: 1 ");
  BOOST_TEST(numbers(world.metrics().closes).empty());
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_dies_closes_with_1011,
                        connection_fixture) {
  open();
  world.kill(subject);
  BOOST_TEST(world.metrics().connections.value() == 0u);
  BOOST_TEST(numbers(world.metrics().handshakes) == "101: 1 ");
  BOOST_TEST(numbers(world.metrics().closes) == "1011: 1 ");
}

BOOST_FIXTURE_TEST_CASE(a_message_that_its_router_loses_counts,
                        connection_fixture) {
  open();
  receive(1);
  router().fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(messages(world.metrics()) == "/ws/||other|503: 1\n");
  receive(2);
  reply_last();
  // Else its handler has counted it.
  BOOST_TEST(messages(world.metrics()) == "/ws/||other|503: 1\n");
}

BOOST_FIXTURE_TEST_CASE(a_handler_counts_each_message_once, handler_fixture) {
  run("count");
  run("count");
  run("mute");
  run("mute_failure");
  run("nope");
  allowed("beside", {{"name", "a"}});
  BOOST_TEST(messages(world.metrics())
             == "||count|200: 2\n||mute|0: 1\n||mute_failure|404: 1\n"
                "||other|405: 1\n");
  answer_later("a");
  BOOST_TEST(messages(world.metrics()).starts_with("||beside|200: 1\n"));
}

BOOST_FIXTURE_TEST_CASE(what_a_dying_handler_owes_counts, handler_fixture) {
  send("count");
  send("nope");
  world.kill(subject);
  BOOST_TEST(messages(world.metrics()) == "||count|500: 1\n||other|500: 1\n");
}

BOOST_FIXTURE_TEST_CASE(a_late_message_counts_under_its_action,
                        handler_fixture) {
  send("count");
  world.advance(world.bounds().permission_timeout + 1s);
  BOOST_TEST(messages(world.metrics()) == "||count|504: 1\n");
}

BOOST_AUTO_TEST_CASE(a_message_that_runs_on_another_unit_counts_once) {
  actor_world world{{}, 2};
  pool_probe pool_a{world.home(0)};
  pool_probe pool_b{world.home(1)};
  client_probe client{world.home(1)};
  pool_b.always(allow());
  const auto routes =
      tree_of(endpoint("/ws/", handler<counter>("root")
                                   .lives_for(lifetime::server)
                                   .action("count", [](counter& state) {
                                     return ok(++state.value);
                                   })));
  const auto router_a = world.home(0).spawn(
      router,
      router_setup{world.shared(), routes, pool_a.handle(), {}, {}, "/"});
  const auto router_b = world.home(1).spawn(
      router,
      router_setup{world.shared(), routes, pool_b.handle(), {}, {}, "/"});
  connect_routers({router_a, router_b});
  const auto number = client.ask(router_b, client.draft("count"));
  world.settle();
  BOOST_TEST(!client.answer(number).empty());
  BOOST_TEST(messages(world.metrics(0)).empty());
  BOOST_TEST(messages(world.metrics(1)) == "/||count|200: 1\n");
}

BOOST_AUTO_TEST_CASE(a_message_whose_handler_waits_to_live_again_counts) {
  actor_world world;
  pool_probe pool{world.home()};
  client_probe client{world.home()};
  const auto subject = world.home().spawn(
      router, router_setup{world.shared(),
                           asked_tree_of(endpoint("/ws/", handler("root"))),
                           pool.handle(),
                           {},
                           {},
                           "/"});
  for (int i = 0; i < 2; ++i) {
    client.ask(subject, client.draft("act"));
    world.settle();
    world.kill(caf::actor_cast<caf::actor>(pool.last_asker()));
  }
  client.ask(subject, client.draft("act"));
  world.settle();
  BOOST_TEST(messages(world.metrics()) == "/||other|500: 2\n/||other|503: 1\n");
}

BOOST_FIXTURE_TEST_CASE(permissions_count_by_verdict, asked_pool) {
  ask({allow_any()});
  ask({allow_any()});
  ask({deny_all()});
  ask({custom_permission("Throws", [](const request&) -> bool {
    throw std::runtime_error("oh");
  })});
  BOOST_TEST(answers(world, decision::verdict::allow) == 2u);
  BOOST_TEST(answers(world, decision::verdict::deny) == 1u);
  BOOST_TEST(answers(world, decision::verdict::error) == 1u);
  std::uint64_t timed = 0;
  for (std::size_t i = 0; i <= time_tally::bounds.size(); ++i)
    timed += world.metrics().decisions(1).times.bucket(i);
  BOOST_TEST(timed == 4u);
}

BOOST_FIXTURE_TEST_CASE(a_late_permission_counts_as_an_error, asked_pool) {
  ask({custom_permission(
      "Slow",
      [&](const request&) {
        door.pass();
        return true;
      },
      blocking)});
  BOOST_TEST(answers(world, decision::verdict::error) == 0u);
  world.advance(world.bounds().permission_timeout + 1s);
  BOOST_TEST(answers(world, decision::verdict::error) == 1u);
  BOOST_TEST(answers(world, decision::verdict::allow) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace unit_metrics_suite
