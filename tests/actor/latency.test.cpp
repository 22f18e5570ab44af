// How long a message takes, by the way that it goes: in the histograms, and in
// the log if it took long. Virtual time moves only where a test moves it.

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/actors/handlers/relay.hpp"
#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/handler_fixture.hpp"
#include "support/latency_text.hpp"
#include "support/mounted_probe.hpp"
#include "support/role_probes.hpp"
#include "support/tree_of.hpp"

namespace latency_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// The line of the log about an action.
std::string slow(const std::string& action, int permissions, int ran,
                 int status) {
  return "warning handler \"subject\" (endpoint \"\", route \"\"): action \""
         + action + "\" took " + std::to_string(permissions + ran)
         + " ms (permissions " + std::to_string(permissions) + " ms, action "
         + std::to_string(ran) + " ms), status " + std::to_string(status)
         + ", connection 1\n";
}

struct latency_fixture : handler_fixture {
  using handler_fixture::handler_fixture;

  [[nodiscard]] std::string measured() { return latencies(world.metrics()); }

  /// A deferred action that answers after a time; its permissions need none.
  void take(std::chrono::milliseconds time) {
    allowed("later", {{"name", "a"}});
    world.advance(time);
    answer_later("a");
  }
};

/// Messages of which none is sampled.
struct unsampled : latency_fixture {
  unsampled() { world.metrics().sampled = sampler{0}; }
};

struct page {
  std::int64_t number = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const page& from) {
  out = {{"number", from.number}};
}

/// An action whose object is loaded after a time, and its permissions asked.
struct with_object : latency_fixture {
  with_object()
      : latency_fixture([this](backstage&) {
          return handler("subject")
              .permissions(is_owner("author"))
              .loads([this](found_later<page> found) { promised = found; })
              .action("read", [](loaded<page>) { return ok(); })
              .action("wait", [this](loaded<page>, const context& ctx) {
                return waiting.emplace(ctx.defer());
              });
        }) {}

  /// The loader answers.
  void find() {
    std::exchange(promised, {})->answer(page{1});
    world.settle();
  }

  std::optional<found_later<page>> promised;
  std::optional<deferred> waiting;
};

/// A handler that an actor of the application stands behind.
struct with_mount {
  actor_world world;
  mounted_probe behind{world.system()};
  pool_probe pool{world.home()};
  client_probe client{world.home()};
  route_tree_ptr routes = asked_tree_of(
      endpoint("/ws/", handler("subject").mounts(behind.actor())));
  handler_actor subject = world.home().spawn(
      route_handler,
      handler_setup{world.shared(), routes, 0, pool.handle(), {}, {}});
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(latency, latency_fixture)

BOOST_AUTO_TEST_CASE(an_action_is_measured_until_it_answers) {
  send("later", {{"name", "a"}});
  world.advance(20ms);
  pool.answer_last(allow());
  world.settle();
  world.advance(1500ms);
  BOOST_TEST(measured().empty());
  answer_later("a");
  BOOST_TEST(measured()
             == "||later: permissions [5]*1 20ms, action [9]*1 1500ms\n");
  BOOST_TEST(world.log() == slow("later", 20, 1500, 200));
}

BOOST_AUTO_TEST_CASE(what_answers_at_once_takes_no_virtual_time) {
  run("at_once");
  run("count");
  run("throw");
  BOOST_TEST(measured()
             == "||at_once: permissions [0]*1 0ms, action [0]*1 0ms\n"
                "||count: permissions [0]*1 0ms, action [0]*1 0ms\n"
                "||throw: permissions [0]*1 0ms, action [0]*1 0ms\n");
  BOOST_TEST(world.log().find("took") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_threshold_is_logged_and_less_is_not) {
  take(999ms);
  BOOST_TEST(world.log().empty());
  take(1000ms);
  BOOST_TEST(world.log() == slow("later", 0, 1000, 200));
}

BOOST_AUTO_TEST_CASE(permissions_and_action_count_together_for_the_log) {
  send("later", {{"name", "a"}});
  world.advance(400ms);
  pool.answer_last(allow());
  world.settle();
  world.advance(600ms);
  answer_later("a", not_found());
  BOOST_TEST(world.log() == slow("later", 400, 600, 404));
}

BOOST_AUTO_TEST_CASE(a_denied_message_was_with_its_permissions_only) {
  send("count");
  world.advance(1100ms);
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(measured() == "||count: permissions [9]*1 1100ms, action -\n");
  BOOST_TEST(world.log() == slow("count", 1100, 0, 403));
}

BOOST_AUTO_TEST_CASE(an_action_that_is_too_late_took_all_of_its_time) {
  allowed("later", {{"name", "a"}});
  world.advance(world.bounds().action_timeout);
  BOOST_TEST(measured()
             == "||later: permissions [0]*1 0ms, action [11]*1 10000ms\n");
  BOOST_TEST(world.log() == slow("later", 0, 10'000, 504));
  // Its answer changes nothing any more.
  world.advance(2s);
  answer_later("a");
  BOOST_TEST(measured()
             == "||later: permissions [0]*1 0ms, action [11]*1 10000ms\n");
}

BOOST_AUTO_TEST_CASE(a_client_makes_neither_a_row_nor_a_word_of_the_log) {
  for (const std::string action : {"evil", "worse"}) {
    send(action);
    world.advance(1s);
    pool.answer_last(allow());
    world.settle();
    world.advance(1s);
  }
  BOOST_TEST(measured() == "||other: permissions [8]*2 2000ms, action -\n");
  BOOST_TEST(world.log()
             == slow("other", 1000, 0, 405) + slow("other", 1000, 0, 405));
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_is_measured_to_its_late_answer) {
  allowed("beside", {{"name", "a"}});
  world.advance(70ms);
  answer_later("a");
  BOOST_TEST(measured()
             == "||beside: permissions [0]*1 0ms, action [6]*1 70ms\n");
}

BOOST_AUTO_TEST_CASE(one_concurrent_action_too_many_has_not_run) {
  auto data = client.data("beside", {}, {{"name", "a"}});
  data.concurrent_allowed = false;
  client.ask(subject, request{std::move(data)});
  world.settle();
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(measured() == "||beside: permissions [0]*1 0ms, action -\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_time) {
  allowed("later", {{"name", "a"}});
  world.advance(30ms);
  world.kill(client.handle());
  BOOST_TEST(measured()
             == "||later: permissions [0]*1 0ms, action [5]*1 30ms\n");
}

BOOST_FIXTURE_TEST_CASE(only_sampled_messages_are_in_the_histograms,
                        unsampled) {
  take(2s);
  BOOST_TEST(measured().empty());
  BOOST_TEST(world.log() == slow("later", 0, 2000, 200));
  world.metrics().sampled = sampler{1};
  take(50ms);
  BOOST_TEST(measured()
             == "||later: permissions [0]*1 0ms, action [5]*1 50ms\n");
}

BOOST_FIXTURE_TEST_CASE(a_worker_thread_takes_no_virtual_time,
                        blocking_handler) {
  backstage_.door.open();
  await_answer(allowed("block"));
  BOOST_TEST(latencies(world.metrics())
             == "||block: permissions [0]*1 0ms, action [0]*1 0ms\n");
}

BOOST_FIXTURE_TEST_CASE(the_object_is_the_actions_and_its_permissions_are_not,
                        with_object) {
  allowed("wait");
  world.advance(100ms);
  find();
  world.advance(200ms);
  pool.answer_last(allow());
  world.settle();
  world.advance(700ms);
  waiting->answer(ok());
  world.settle();
  BOOST_TEST(measured()
             == "||wait: permissions [7]*1 200ms, action [8]*1 800ms\n");
  BOOST_TEST(world.log() == slow("wait", 200, 800, 200));
}

BOOST_FIXTURE_TEST_CASE(an_action_that_runs_behind_its_object_is_measured,
                        with_object) {
  allowed("read");
  find();
  world.advance(200ms);
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(measured()
             == "||read: permissions [7]*1 200ms, action [0]*1 0ms\n");
}

BOOST_AUTO_TEST_CASE(a_coroutine_is_measured_to_its_end) {
  latency_fixture other{[](backstage&) {
    return handler<counter>("subject").action(
        "nap", [](const context& ctx) -> task<reply> {
          co_await ctx.sleep(1500ms);
          co_return ok();
        });
  }};
  other.allowed("nap");
  other.world.advance(2s);
  BOOST_TEST(other.measured()
             == "||nap: permissions [0]*1 0ms, action [9]*1 1500ms\n");
  BOOST_TEST(other.world.log() == slow("nap", 0, 1500, 200));
}

BOOST_FIXTURE_TEST_CASE(a_mounted_actor_is_measured_as_the_action, with_mount) {
  client.ask(subject, client.message("anything"));
  world.settle();
  pool.answer_last(allow());
  world.settle();
  world.advance(1200ms);
  behind.answer_last(ok());
  world.settle();
  BOOST_TEST(latencies(world.metrics())
             == "||other: permissions [0]*1 0ms, action [9]*1 1200ms\n");
  BOOST_TEST(world.log() == slow("other", 0, 1200, 200));
}

BOOST_AUTO_TEST_CASE(a_message_that_runs_on_another_unit_is_measured_once) {
  actor_world two{{}, 2};
  pool_probe pool_a{two.home(0)};
  pool_probe pool_b{two.home(1)};
  client_probe caller{two.home(1)};
  pool_b.always(allow());
  std::optional<deferred> waiting;
  const auto tree = tree_of(
      endpoint("/ws/", handler<counter>("subject")
                           .lives_for(lifetime::server)
                           .action("wait", [&](const context& ctx, counter&) {
                             return waiting.emplace(ctx.defer());
                           })));
  const auto router_a = two.home(0).spawn(
      router, router_setup{two.shared(), tree, pool_a.handle(), {}, {}, "/"});
  const auto router_b = two.home(1).spawn(
      router, router_setup{two.shared(), tree, pool_b.handle(), {}, {}, "/"});
  connect_routers({router_a, router_b});
  caller.ask(router_b, caller.draft("wait"));
  two.settle();
  two.advance(1300ms);
  BOOST_REQUIRE(waiting);
  waiting->answer(ok());
  two.settle();
  BOOST_TEST(latencies(two.metrics(0)).empty());
  BOOST_TEST(latencies(two.metrics(1))
             == "/||wait: permissions [0]*1 0ms, action [9]*1 1300ms\n");
  BOOST_TEST(two.log()
             == "warning handler \"subject\" (endpoint \"/\", route \"\"): "
                "action \"wait\" took 1300 ms (permissions 0 ms, action 1300 "
                "ms), status 200, connection 1\n");
}

BOOST_AUTO_TEST_CASE(a_node_that_only_passes_on_measures_nothing) {
  actor_world here;
  mounted_probe there{here.system()};
  client_probe caller{here.home()};
  const auto tree =
      tree_of(endpoint("/ws/", handler("subject").action("work", [] {})));
  const auto passing = here.home().spawn(
      relay,
      relay_setup{here.shared(), tree, 0, {}, replicas{there.actor()}, "/ws/"});
  caller.ask(passing, caller.message("work"));
  here.settle();
  here.advance(here.bounds().permission_timeout + here.bounds().action_timeout);
  BOOST_TEST(latencies(here.metrics()).empty());
  BOOST_TEST(here.log().find("took") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace latency_suite
