// Actions that take an object: when it is loaded, who is asked about it, and
// what happens when something on that way fails.

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/channel.hpp"
#include "support/client_probe.hpp"
#include "support/role_probes.hpp"
#include "support/tree_of.hpp"

namespace handler_objects_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

struct page {
  std::int64_t number = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const page& from) {
  if (from.number == 13)
    throw std::runtime_error("no such number in JSON");
  out = {{"number", from.number}};
}

struct reader {
  int loads = 0;
};

/// What loaders and actions leave behind, in order.
struct journal {
  std::vector<std::string> notes;
  std::optional<runner_actor> runner;
  /// What a loader has to answer later.
  std::optional<found_later<page>> promised;
  gate door;

  /// Pages 1 to 13; 12 cannot be loaded, 13 cannot be shown.
  std::optional<page> load(std::int64_t pk) {
    notes.push_back("load " + std::to_string(pk));
    if (pk == 12)
      throw std::runtime_error("torn out");
    return pk >= 1 && pk <= 13 ? std::optional{page{pk}} : std::nullopt;
  }

  handler_builder<reader, page> build() {
    return handler<reader>("book")
        .permissions(is_owner("author"))
        .permissions_for("open",
                         permission([](const request&) { return true; }))
        .loads([this](const context& ctx, reader& state,
                      arg<"pk", std::int64_t> pk) {
          runner = ctx.self();
          ++state.loads;
          return load(*pk);
        })
        .action(
            "read",
            [this](reader& state, loaded<page> found) {
              notes.push_back("read " + std::to_string(found->number));
              return ok({{"number", found->number}, {"loads", state.loads}});
            })
        .action("open", [](loaded<page> found) { return ok(found->number); })
        .action("write",
                [](loaded<page>, arg<"text", std::string>) { return ok(); })
        .action(
            "copy",
            [this](loaded<page> found) {
              door.pass();
              return ok(found->number);
            },
            blocking)
        .action("close", [] { return ok("closed"); });
  }
};

struct object_fixture {
  object_fixture()
      : object_fixture([](journal& into) { return into.build(); }) {}

  template <class Describe>
  explicit object_fixture(Describe describe)
      : routes(asked_tree_of(endpoint("/ws/", describe(log)))) {
    world.settle();
  }

  journal log;
  actor_world world;
  opens_at_end at_end{log.door};
  manual_unit& home = world.home();
  route_tree_ptr routes;
  pool_probe pool{home};
  client_probe client{home};
  handler_actor subject = home.spawn(
      route_handler,
      handler_setup{world.shared(), routes, 0, pool.handle(), {}, {}});

  std::size_t send(const std::string& action, json::object arguments) {
    auto number = client.ask(subject, client.message(action, arguments));
    world.settle();
    return number;
  }

  /// Answers the last question to the pool.
  void decide(decision answer = allow()) {
    pool.answer_last(std::move(answer));
    world.settle();
  }

  /// Sends a message that is allowed, up to the question for its object.
  std::size_t request_allowed(const std::string& action, int pk) {
    auto number = send(action, {{"pk", pk}});
    decide();
    return number;
  }
};

const auto not_found_reply = text(errc::object_not_found);
const auto server_error_reply = text(errc::server_error);

} // namespace

BOOST_FIXTURE_TEST_SUITE(handler_objects, object_fixture)

BOOST_AUTO_TEST_CASE(load_ask_and_run_in_this_order) {
  auto number = send("read", {{"pk", 3}});
  BOOST_TEST((pool.last().asked == question::has_permission));
  BOOST_TEST(log.notes.empty());
  decide();
  BOOST_TEST((log.notes == std::vector<std::string>{"load 3"}));
  BOOST_REQUIRE(pool.count() == 2u);
  BOOST_TEST((pool.last().asked == question::has_object_permission));
  BOOST_TEST(to_json(*pool.last().about->object()) == R"({"number":3})");
  // What has been answered for the request is remembered there.
  BOOST_TEST(pool.at(0).about == pool.at(1).about);
  decide();
  BOOST_TEST(client.answer(number) == R"(200 {"number":3,"loads":1})");
  BOOST_TEST((log.notes == std::vector<std::string>{"load 3", "read 3"}));
}

BOOST_AUTO_TEST_CASE(an_object_is_asked_about_where_the_message_is_not) {
  routes = tree_of(endpoint("/ws/", log.build()));
  subject = home.spawn(
      route_handler,
      handler_setup{world.shared(), routes, 0, pool.handle(), {}, {}});
  auto number = send("read", {{"pk", 3}});
  BOOST_REQUIRE(pool.count() == 1u);
  BOOST_TEST((pool.last().asked == question::has_object_permission));
  BOOST_TEST(pool.last().about->guard() == routes->root().guard);
  decide();
  BOOST_TEST(client.answer(number) == R"(200 {"number":3,"loads":1})");
}

BOOST_AUTO_TEST_CASE(denied_for_the_request_nothing_is_loaded) {
  auto number = send("read", {{"pk", 3}});
  decide(deny());
  BOOST_TEST(client.answer(number) == text(errc::permission_denied));
  BOOST_TEST(log.notes.empty());
}

BOOST_AUTO_TEST_CASE(denied_for_the_object_nothing_is_run) {
  auto number = request_allowed("read", 3);
  decide(deny("Not yours."));
  BOOST_TEST(client.answer(number)
             == text(errc::permission_denied, "Not yours."));
  BOOST_TEST((log.notes == std::vector<std::string>{"load 3"}));
}

BOOST_AUTO_TEST_CASE(an_error_for_the_object_runs_nothing_and_is_logged) {
  for (auto [status, code] :
       {std::pair{500, errc::server_error}, std::pair{503, errc::unavailable},
        std::pair{504, errc::timed_out}}) {
    auto number = request_allowed("read", 3);
    decide(decision_error("out of ink", static_cast<std::uint16_t>(status)));
    BOOST_TEST(client.answer(number) == text(code));
  }
  BOOST_TEST(world.logged("out of ink"));
  BOOST_TEST(
      (log.notes == std::vector<std::string>{"load 3", "load 3", "load 3"}));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_a_404_before_the_question) {
  auto number = request_allowed("read", 99);
  BOOST_TEST(client.answer(number) == not_found_reply);
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(all_arguments_are_checked_before_anything_is_loaded) {
  auto number = send("write", {{"pk", "x"}});
  decide();
  BOOST_TEST(client.answer(number)
             == R"(400 [{"pk":["A valid integer is required."],)"
                R"("text":["This field is required."]}])");
  BOOST_TEST(log.notes.empty());
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_about_objects_who_looks_at_none) {
  auto number = request_allowed("open", 3);
  BOOST_TEST(client.answer(number) == "200 3");
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(an_action_that_takes_no_object_loads_none) {
  auto number = send("close", {});
  decide();
  BOOST_TEST(client.answer(number) == R"(200 "closed")");
  BOOST_TEST(log.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_loader_that_throws_is_a_500) {
  auto number = request_allowed("read", 12);
  BOOST_TEST(client.answer(number) == server_error_reply);
  BOOST_TEST(world.logged("torn out"));
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(an_object_that_cannot_be_shown_is_a_500) {
  auto number = request_allowed("read", 13);
  BOOST_TEST(client.answer(number) == server_error_reply);
  BOOST_TEST(pool.count() == 1u);
  // Nobody looks at it here.
  number = request_allowed("open", 13);
  BOOST_TEST(client.answer(number) == "200 13");
}

BOOST_AUTO_TEST_CASE(a_decision_that_comes_too_late_runs_nothing) {
  auto number = request_allowed("read", 3);
  world.advance(world.bounds().action_timeout);
  BOOST_TEST(client.answer(number) == text(errc::timed_out));
  decide();
  BOOST_TEST((log.notes == std::vector<std::string>{"load 3"}));
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_runner_that_dies_meanwhile_is_replaced) {
  auto number = request_allowed("read", 3);
  world.kill(*log.runner);
  BOOST_TEST(client.answer(number) == "");
  decide();
  // The fresh one has loaded nothing.
  BOOST_TEST(client.answer(number) == R"(200 {"number":3,"loads":0})");
}

BOOST_AUTO_TEST_CASE(a_pool_that_dies_meanwhile_allows_nothing) {
  auto number = request_allowed("read", 3);
  world.kill(pool.handle());
  world.advance(world.bounds().action_timeout);
  BOOST_TEST(client.answer(number) == text(errc::timed_out));
  BOOST_TEST((log.notes == std::vector<std::string>{"load 3"}));
  number = send("read", {{"pk", 3}});
  BOOST_TEST(client.answer(number) == text(errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_blocking_action_gets_the_object_off_the_unit) {
  auto number = request_allowed("copy", 3);
  decide();
  log.door.wait_for(1);
  BOOST_TEST(client.answer(number) == "");
  log.door.open();
  BOOST_REQUIRE(
      world.settle_until([&] { return !client.answer(number).empty(); }));
  BOOST_TEST(client.answer(number) == "200 3");
}

BOOST_AUTO_TEST_CASE(a_blocking_loader_leaves_the_unit) {
  gate shelf;
  object_fixture other([&](journal&) {
    return handler("archive")
        .permissions(is_owner("author"))
        .loads(
            [&](arg<"pk", std::int64_t> pk) {
              shelf.pass();
              return *pk == 1 ? std::make_shared<const page>(page{1}) : nullptr;
            },
            blocking)
        .action("read", [](loaded<page> found) { return ok(found->number); });
  });
  opens_at_end opener{shelf};
  auto there = other.request_allowed("read", 1);
  shelf.wait_for(1);
  BOOST_TEST(other.pool.count() == 1u);
  shelf.open();
  BOOST_REQUIRE(
      other.world.settle_until([&] { return other.pool.count() == 2u; }));
  other.decide();
  BOOST_TEST(other.client.answer(there) == "200 1");
  auto missing = other.request_allowed("read", 2);
  BOOST_REQUIRE(other.world.settle_until(
      [&] { return !other.client.answer(missing).empty(); }));
  BOOST_TEST(other.client.answer(missing) == not_found_reply);
}

/// A handler whose loader answers when the test does.
struct late_fixture : object_fixture {
  late_fixture()
      : object_fixture([](journal& into) {
          return handler("library")
              .permissions(is_owner("author"))
              .permissions_for("open", allow_any())
              .loads(
                  [&into](arg<"pk", std::int64_t> pk, found_later<page> found) {
                    into.notes.push_back("look for " + std::to_string(*pk));
                    into.promised = found;
                    if (*pk == 12)
                      throw std::runtime_error("torn out");
                  })
              .action("read",
                      [](loaded<page> found) { return ok(found->number); })
              .action("open",
                      [](loaded<page> found) { return ok(found->number); })
              .action("write", [](loaded<page>, arg<"text", std::string>) {
                return ok();
              });
        }) {}

  /// The loader answers.
  void find(std::optional<page> what) {
    std::exchange(log.promised, {})->answer(what);
    world.settle();
  }
};

BOOST_FIXTURE_TEST_CASE(a_loader_that_answers_later_delays_the_question,
                        late_fixture) {
  const auto number = request_allowed("read", 3);
  BOOST_TEST((log.notes == std::vector<std::string>{"look for 3"}));
  BOOST_TEST(pool.count() == 1u);
  find(page{3});
  BOOST_REQUIRE(pool.count() == 2u);
  BOOST_TEST(to_json(*pool.last().about->object()) == R"({"number":3})");
  BOOST_TEST(client.answer(number) == "");
  decide();
  BOOST_TEST(client.answer(number) == "200 3");
  // Nobody looks at it here.
  const auto opened = request_allowed("open", 13);
  find(page{13});
  BOOST_TEST(client.answer(opened) == "200 13");
}

BOOST_FIXTURE_TEST_CASE(a_loader_that_answers_later_may_find_nothing_or_refuse,
                        late_fixture) {
  auto number = request_allowed("read", 3);
  find({});
  BOOST_TEST(client.answer(number) == not_found_reply);
  number = request_allowed("read", 4);
  const auto promise = *std::exchange(log.promised, {});
  promise.refuse(to_reply(errc::unavailable));
  promise.answer(page{4}); // Too late.
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::unavailable));
  BOOST_TEST(client.responses() == 2u);
  BOOST_TEST(pool.count() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_loader_that_never_answers_is_a_500_or_a_504,
                        late_fixture) {
  auto number = request_allowed("read", 3);
  log.promised.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == server_error_reply);
  number = request_allowed("read", 3);
  world.advance(world.bounds().action_timeout);
  BOOST_TEST(client.answer(number) == text(errc::timed_out));
  find(page{3});
  BOOST_TEST(client.responses() == 2u);
  BOOST_TEST(pool.count() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_loader_that_answers_later_may_throw_before,
                        late_fixture) {
  const auto number = request_allowed("read", 12);
  log.promised.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == server_error_reply);
  BOOST_TEST(world.logged("torn out"));
  // Or what it has found cannot be shown.
  const auto shown = request_allowed("read", 13);
  find(page{13});
  BOOST_TEST(client.answer(shown) == server_error_reply);
  BOOST_TEST(world.logged("no such number in JSON"));
}

BOOST_FIXTURE_TEST_CASE(a_loader_that_answers_later_begins_with_good_arguments,
                        late_fixture) {
  const auto number = send("write", {{"pk", "x"}});
  decide();
  BOOST_TEST(client.answer(number)
             == R"(400 [{"pk":["A valid integer is required."],)"
                R"("text":["This field is required."]}])");
  BOOST_TEST(log.notes.empty());
}

BOOST_AUTO_TEST_CASE(what_another_unit_has_permitted_is_asked_on_here) {
  auto message = client.message("read", {{"pk", 3}});
  auto guard = std::make_shared<evaluation>(routes->root().guard, message);
  auto number =
      client.ask(subject, run_atom_v, permitted_request{message, guard});
  world.settle();
  BOOST_REQUIRE(pool.count() == 1u);
  BOOST_TEST((pool.last().asked == question::has_object_permission));
  BOOST_TEST(pool.last().about == guard);
  decide();
  BOOST_TEST(client.answer(number) == R"(200 {"number":3,"loads":1})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace handler_objects_suite
