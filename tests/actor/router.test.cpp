#include "stagedoor/actors/handlers/router.hpp"

#include "stagedoor/actors/guards/permission_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/recording_permission.hpp"
#include "support/role_probes.hpp"
#include "support/tree_of.hpp"

namespace router_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);
const auto unavailable = text(errc::unavailable);
const auto no_route = text(errc::route_not_found);
const auto denied = text(errc::permission_denied);

struct counter {
  std::int64_t value = 0;
};

/// Says what it was reached with.
handler_builder<counter> named(const std::string& name) {
  return handler<counter>(name)
      .action("count",
              [](counter& state) {
                return ok({{"n", ++state.value}});
              })
      .action("where", [name](const request& message) {
        json::object result{{"handler", name}, {"route", message.route()}};
        for (const auto& [key, value] : message.data().captures)
          result[key] = value;
        return ok(std::move(result));
      });
}

/// A router with its handlers and the pool that allows everything, unless a
/// test says something else.
struct router_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home};
  pool_probe pool{home};
  router_actor subject;

  void start(const endpoint_spec& spec) {
    pool.always(allow());
    start(spec, pool.handle());
  }

  void start(const endpoint_spec& spec, const permission_pool_actor& asked) {
    subject = home.spawn(
        stagedoor::router,
        router_setup{world.shared(), asked_tree_of(spec), asked, {}, {}});
    world.settle();
  }

  std::size_t send(const std::string& action, const std::string& route = {}) {
    auto number = client.ask(subject, client.draft(action, route));
    world.settle();
    return number;
  }

  std::string run(const std::string& action, const std::string& route = {}) {
    return client.answer(send(action, route));
  }
};

/// Two units with one endpoint, whose root handler lives for the server.
struct two_units {
  actor_world world{{}, 2};
  pool_probe pool_a{world.home(0)};
  pool_probe pool_b{world.home(1)};
  client_probe client_a{world.home(0), 1};
  client_probe client_b{world.home(1), 2};
  std::vector<std::string> hooks;
  std::optional<deferred> later;
  std::optional<runner_actor> runner_of_later;
  router_actor router_a;
  router_actor router_b;

  two_units() {
    auto note = [this](std::string what) {
      return [this, what](const context& ctx) {
        hooks.push_back(what + std::to_string(ctx.scope().connection_id));
      };
    };
    auto later_action = [this](const context& ctx) {
      runner_of_later = ctx.self();
      later = ctx.defer();
      return *later;
    };
    auto routes = asked_tree_of(
        endpoint("/ws/", named("root")
                             .lives_for(lifetime::server)
                             .on_open(note("open "))
                             .on_close(note("close "))
                             .action("later", later_action)
                             .action(
                                 "mute", [] {}, no_reply)
                             .action("beside", later_action, concurrent)));
    router_a = world.home(0).spawn(
        stagedoor::router,
        router_setup{world.shared(), routes, pool_a.handle(), {}, {}});
    router_b = world.home(1).spawn(
        stagedoor::router,
        router_setup{world.shared(), routes, pool_b.handle(), {}, {}});
    connect_routers({router_a, router_b});
    pool_a.always(allow());
    pool_b.always(allow());
    world.settle();
  }

  std::size_t send_a(const std::string& action) {
    auto number = client_a.ask(router_a, client_a.draft(action));
    world.settle();
    return number;
  }
  std::size_t send_b(const std::string& action) {
    auto number = client_b.ask(router_b, client_b.draft(action));
    world.settle();
    return number;
  }
  std::string run_a(const std::string& action) {
    return client_a.answer(send_a(action));
  }
  std::string run_b(const std::string& action) {
    return client_b.answer(send_b(action));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(router, router_fixture)

BOOST_AUTO_TEST_CASE(a_message_reaches_the_handler_of_its_route) {
  start(endpoint("/ws/", named("root"))
            .route("a/", named("a").route("b/", named("b"))));
  BOOST_TEST(run("where") == R"(200 {"handler":"root","route":""})");
  BOOST_TEST(run("where", "a/") == R"(200 {"handler":"a","route":"a/"})");
  BOOST_TEST(run("where", "a/b/") == R"(200 {"handler":"b","route":"a/b/"})");
}

BOOST_AUTO_TEST_CASE(captures_travel_with_the_message) {
  start(endpoint("/ws/").route(
      R"((?P<room>\w+)/)",
      named("room").route(R"((?P<seat>\d+)/$)", named("seat"))));
  BOOST_TEST(run("where", "red/7/?x=1")
             == R"(200 {"handler":"seat","route":"red/7/?x=1",)"
                R"("room":"red","seat":"7"})");
}

BOOST_AUTO_TEST_CASE(handlers_are_spawned_when_they_are_needed) {
  start(endpoint("/ws/", named("root")).route("a/", named("a")));
  auto before = home.member_count();
  run("where", "a/");
  // A handler; its action needs no runner.
  BOOST_TEST(home.member_count() == before + 1);
  run("where", "a/");
  BOOST_TEST(home.member_count() == before + 1);
}

BOOST_AUTO_TEST_CASE(a_route_that_nothing_matches_is_a_404) {
  start(endpoint("/ws/", named("root")).route("a/", named("a")));
  BOOST_TEST(run("where", "x/") == no_route);
  BOOST_TEST(run("where", "a/x") == no_route);
  BOOST_TEST(run("nope", "x/") == no_route);
}

BOOST_AUTO_TEST_CASE(it_is_a_404_only_for_who_may_use_the_endpoint) {
  start(endpoint("/ws/", named("root")).route("a/", named("a")));
  pool.always(deny());
  BOOST_TEST(run("where", "x/") == denied);
}

BOOST_AUTO_TEST_CASE(questions_are_asked_from_the_outside_in) {
  auto log = std::make_shared<std::vector<std::string>>();
  auto rule = [&](std::string name, decision answer = allow()) {
    return recording_permission{log, std::move(name), std::move(answer)};
  };
  auto asked = [&] { return std::exchange(*log, {}); };
  using names = std::vector<std::string>;
  auto inner = named("inner")
                   .permissions(rule("inner"))
                   .action(
                       "special", [] {}, guarded_by(rule("special")))
                   .action(
                       "refused", [] {}, guarded_by(rule("no", deny())));
  auto closed = named("closed")
                    .permissions(rule("closed", deny("closed today")))
                    .route("inner/", inner);
  start(endpoint("/ws/", named("root").permissions(rule("root")))
            .route("outer/", named("outer")
                                 .permissions(rule("outer 1"), rule("outer 2"))
                                 .route("inner/", inner))
            .route("closed/", closed),
        home.spawn(stagedoor::permission_pool, world.shared()));
  run("where", "outer/inner/");
  BOOST_TEST(asked()
             == (names{"root: where", "outer 1: where", "outer 2: where",
                       "inner: where"}));
  run("special", "outer/inner/");
  BOOST_TEST(asked()
             == (names{"root: special", "outer 1: special", "outer 2: special",
                       "special: special"}));
  // The first that denies is the last that is asked, and nothing is spawned.
  auto members = home.member_count();
  BOOST_TEST(run("where", "closed/inner/") == R"(403 ["closed today"])");
  BOOST_TEST(asked() == (names{"root: where", "closed: where"}));
  // The handler that guards, and no runner.
  BOOST_TEST(home.member_count() == members + 1);
  BOOST_TEST(run("refused", "outer/inner/") == denied);
  BOOST_TEST(asked().back() == "no: refused");
  // The endpoint's own come before the 404 and before the 405.
  BOOST_TEST(run("where", "nowhere") == no_route);
  BOOST_TEST(asked() == (names{"root: where"}));
  BOOST_TEST(run("nope", "outer/inner/")
             == text(errc::action_not_allowed, "nope"));
  BOOST_TEST(asked().back() == "inner: nope");
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_killed_is_replaced_at_once) {
  std::optional<deferred> later;
  start(endpoint("/ws/", named("root").action("later", [&](const context& ctx) {
    later = ctx.defer();
    return *later;
  })));
  auto number = send("later");
  world.kill(pool.last_asker());
  BOOST_TEST(client.answer(number) == server_error);
  BOOST_TEST(world.logged("handler \"root\" died"));
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(after_its_second_death_a_handler_is_a_503_for_100_ms) {
  start(endpoint("/ws/", named("root")).route("a/", named("a")));
  for (int death = 0; death < 2; ++death) {
    run("count");
    world.kill(pool.last_asker());
  }
  BOOST_TEST(run("count") == unavailable);
  // Without the root handler nobody asks whether a 404 may be told.
  BOOST_TEST(run("count", "x/") == unavailable);
  // The others go on.
  BOOST_TEST(run("count", "a/") == R"(200 {"n":1})");
  world.advance(99ms);
  BOOST_TEST(run("count") == unavailable);
  world.advance(1ms);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(a_message_in_the_mailbox_of_a_killed_handler_fails) {
  start(endpoint("/ws/", named("root")));
  run("count");
  // The handler finds this one first, and the router has not heard of it.
  caf::anon_send_exit(pool.last_asker(), caf::exit_reason::kill);
  auto number = client.ask(subject, client.draft("count"));
  world.settle();
  BOOST_TEST(client.answer(number) == "failed: unavailable");
  BOOST_TEST(client.responses() == 2u);
}

BOOST_AUTO_TEST_CASE(a_killed_router_takes_its_handlers_along) {
  start(endpoint("/ws/", named("root")).route("a/", named("a")));
  auto before = home.member_count();
  run("count");
  run("count", "a/");
  BOOST_TEST(home.member_count() == before + 4);
  world.kill(subject);
  BOOST_TEST(home.member_count() == before - 1);
}

BOOST_AUTO_TEST_CASE(an_opened_connection_is_told_to_the_root_handler) {
  std::vector<std::string> hooks;
  auto note = [&](const context& ctx) {
    hooks.push_back(std::to_string(ctx.scope().connection_id));
  };
  start(endpoint("/ws/", named("root").on_open(note))
            .route("a/", named("a").on_open(note)));
  caf::anon_send(subject, client.opened());
  world.settle();
  BOOST_TEST(hooks == std::vector<std::string>{"1"});
}

// -- handlers that live for the server ----------------------------------------

BOOST_FIXTURE_TEST_CASE(for_the_server_one_state_serves_all_units, two_units) {
  BOOST_TEST(run_a("count") == R"(200 {"n":1})");
  BOOST_TEST(run_b("count") == R"(200 {"n":2})");
  BOOST_TEST(run_a("count") == R"(200 {"n":3})");
}

BOOST_FIXTURE_TEST_CASE(each_unit_asks_its_own_pool_and_nobody_asks_again,
                        two_units) {
  run_b("count");
  BOOST_TEST(pool_b.count() == 1u);
  BOOST_TEST(pool_a.count() == 0u);
  pool_b.always(deny());
  BOOST_TEST(run_b("count") == denied);
  BOOST_TEST(run_a("count") == R"(200 {"n":2})");
}

BOOST_FIXTURE_TEST_CASE(the_runner_is_on_the_first_unit, two_units) {
  auto before_a = world.home(0).member_count();
  auto before_b = world.home(1).member_count();
  run_b("count");
  BOOST_TEST(world.home(0).member_count() == before_a + 2);
  BOOST_TEST(world.home(1).member_count() == before_b + 1);
}

BOOST_FIXTURE_TEST_CASE(hooks_are_told_once_whatever_the_unit, two_units) {
  caf::anon_send(router_b, client_b.opened());
  world.settle();
  BOOST_TEST(hooks == std::vector<std::string>{"open 2"});
  run_b("count");
  run_b("count");
  run_a("count");
  BOOST_TEST(hooks == (std::vector<std::string>{"open 2", "open 1"}));
  world.kill(client_b.handle());
  BOOST_TEST(hooks.back() == "close 2");
  world.kill(client_a.handle());
  BOOST_TEST(
      hooks
      == (std::vector<std::string>{"open 2", "open 1", "close 2", "close 1"}));
}

BOOST_FIXTURE_TEST_CASE(from_afar_an_action_has_the_same_timeout, two_units) {
  auto number = send_b("later");
  world.advance(world.bounds().action_timeout - 1ms);
  BOOST_TEST(client_b.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(client_b.answer(number) == text(errc::timed_out));
  later->answer(ok());
  world.settle();
  BOOST_TEST(client_b.responses() == 1u);
}

BOOST_FIXTURE_TEST_CASE(from_afar_a_concurrent_action_answers_late, two_units) {
  auto number = send_b("beside");
  BOOST_TEST(client_b.answer(number) == text(reply::interim()));
  later->answer(ok(7));
  world.settle();
  BOOST_TEST(client_b.late() == std::vector<std::string>{"1: 200 7"});
}

BOOST_FIXTURE_TEST_CASE(from_afar_success_without_reply_is_silent, two_units) {
  BOOST_TEST(run_b("mute") == text(reply::silent()));
}

BOOST_FIXTURE_TEST_CASE(a_runner_that_dies_afar_is_a_500, two_units) {
  auto number = send_b("later");
  auto before = world.home(0).member_count();
  world.kill(*runner_of_later);
  BOOST_TEST(client_b.answer(number) == server_error);
  BOOST_TEST(world.home(0).member_count() == before - 1);
  BOOST_TEST(run_b("count") == R"(200 {"n":1})");
}

BOOST_FIXTURE_TEST_CASE(without_the_first_units_router_it_is_a_503, two_units) {
  world.kill(router_a);
  BOOST_TEST(run_b("count") == unavailable);
}

BOOST_FIXTURE_TEST_CASE(a_message_in_hand_when_the_first_unit_ends_is_answered,
                        two_units) {
  auto number = send_b("later");
  world.home(0).end_members();
  world.settle();
  BOOST_TEST(client_b.answer(number) != "");
  BOOST_TEST(client_b.responses() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace router_suite
