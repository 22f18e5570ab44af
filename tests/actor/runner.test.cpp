#include "stagedoor/actors/handlers/runner.hpp"

#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"

namespace runner_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);

struct counter {
  std::int64_t value = 0;
};

/// Begins the definition of the handler that is run.
auto begin_handler() {
  return handler<counter>("subject").action("count", [](counter& state) {
    return ok({{"n", ++state.value}});
  });
}

using builder = handler_builder<counter>;

/// A runner, and a client that plays its handler too.
struct runner_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home};
  runner_actor subject;
  /// What actions leave behind.
  std::optional<deferred> later;
  std::vector<std::string> notes;

  void start(handler_spec spec) {
    subject = home.spawn(stagedoor::runner,
                         runner_setup{world.shared(), std::move(spec), {}});
    world.settle();
  }

  std::size_t send(const std::string& action, json::object arguments = {}) {
    auto number =
        client.ask(subject, client.message(action, std::move(arguments)));
    world.settle();
    return number;
  }

  std::string run(const std::string& action, json::object arguments = {}) {
    return client.answer(send(action, std::move(arguments)));
  }

  template <class T>
  void tell(T what) {
    caf::anon_send(subject, std::move(what));
    world.settle();
  }

  [[nodiscard]] bool is_alive() { return home.member_count() == 2; }

  /// An action that puts its answer off.
  builder put_off(builder spec = begin_handler()) {
    return spec.action("later", [this](const context& ctx) {
      later = ctx.defer();
      return *later;
    });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(runner, runner_fixture)

BOOST_AUTO_TEST_CASE(keeps_the_state_of_its_handler_from_message_to_message) {
  start(begin_handler());
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(run("count") == R"(200 {"n":2})");
}

BOOST_AUTO_TEST_CASE(what_an_action_returns_is_its_reply) {
  start(begin_handler()
            .action("nothing", [] {})
            .action("status", [] { return ok("made", 201); })
            .action("json",
                    [] {
                      return json::value{1, 2};
                    })
            .action("failure", [] { return fail(418, {"teapot"}); })
            .action("missing", [] { return not_found(); })
            .action("rejected", [] { return reject("no good"); }));
  BOOST_TEST(run("nothing") == "200 null");
  BOOST_TEST(run("status") == R"(201 "made")");
  BOOST_TEST(run("json") == "200 [1,2]");
  BOOST_TEST(run("failure") == R"(418 ["teapot"])");
  BOOST_TEST(run("missing") == R"(404 [{"detail":"Not found."}])");
  BOOST_TEST(run("rejected") == R"(400 ["no good"])");
}

BOOST_AUTO_TEST_CASE(all_wrong_arguments_are_told_at_once) {
  int runs = 0;
  start(begin_handler().action(
      "act", [&](arg<"a", std::int64_t>, arg<"b", std::string>) { ++runs; }));
  BOOST_TEST(run("act", {{"b", nullptr}})
             == R"(400 [{"a":["This field is required."],)"
                R"("b":["This field may not be null."]}])");
  BOOST_TEST(runs == 0);
  BOOST_TEST(run("act", {{"a", "1"}, {"b", "x"}}) == "200 null");
  BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(whatever_an_action_throws_is_a_500_and_in_the_log) {
  start(begin_handler()
            .action("throw",
                    [](counter& state) -> reply {
                      ++state.value;
                      throw std::runtime_error("the cause");
                    })
            .action("throw_int", []() -> reply { throw 7; }));
  BOOST_TEST(run("throw") == server_error);
  BOOST_TEST(world.logged("error action \"throw\" of handler \"subject\" "
                          "threw: the cause (route "));
  BOOST_TEST(run("throw_int") == server_error);
  BOOST_TEST(world.logged(
      "error action \"throw_int\" of handler \"subject\" threw something"));
  BOOST_TEST(run("count") == R"(200 {"n":2})");
}

BOOST_AUTO_TEST_CASE(an_action_that_makes_it_quit_is_a_500_and_its_end) {
  start(begin_handler().action("quit", [](const context& ctx) {
    ctx.self()->quit();
    return ok("never seen");
  }));
  BOOST_TEST(run("quit") == server_error);
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(sees_the_user_and_the_scope_of_its_client) {
  start(begin_handler().action("who", [](const context& ctx) {
    return ok({{"id", ctx.scope().connection_id},
               {"anonymous", !ctx.user().is_authenticated()}});
  }));
  BOOST_TEST(run("who") == R"(200 {"id":1,"anonymous":true})");
}

BOOST_AUTO_TEST_CASE(pushes_to_its_client) {
  start(begin_handler().action("push", [](const context& ctx) {
    ctx.push({"news", {{"n", 1}}});
  }));
  run("push");
  BOOST_TEST(client.pushed() == std::vector<std::string>{"news"});
}

// -- answers that come later --------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_that_is_put_off_comes_when_it_is_given) {
  start(put_off());
  auto number = send("later");
  world.advance(5s);
  BOOST_TEST(client.answer(number) == "");
  // It is not in the way of the next message.
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  later->answer(ok("here"));
  world.settle();
  BOOST_TEST(client.answer(number) == R"(200 "here")");
}

BOOST_AUTO_TEST_CASE(only_the_first_answer_counts) {
  start(put_off());
  auto number = send("later");
  auto copy = *later;
  copy.answer(ok("first"));
  later->answer(ok("second"));
  later.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == R"(200 "first")");
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_forgotten_is_a_500) {
  start(put_off());
  auto number = send("later");
  auto copy = later;
  later.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == "");
  copy.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == server_error);
}

BOOST_AUTO_TEST_CASE(an_answer_within_the_action_counts) {
  start(begin_handler().action("now", [](const context& ctx) {
    auto promise = ctx.defer();
    promise.answer(ok("quick"));
    return promise;
  }));
  BOOST_TEST(run("now") == R"(200 "quick")");
}

BOOST_AUTO_TEST_CASE(asks_a_foreign_actor_and_answers_with_what_it_says) {
  auto foreign = world.system().spawn<caf::hidden>([](caf::event_based_actor*) {
    return caf::behavior{[](int x) { return 2 * x; }};
  });
  start(begin_handler().action("ask", [&](const context& ctx) {
    auto promise = ctx.defer();
    ctx.self()
        ->request(foreign, 1s, 21)
        .then([promise](int answer) { promise.answer(ok(answer)); },
              [promise](const caf::error&) {
                promise.answer(fail(503, {"nobody there"}));
              });
    return promise;
  }));
  BOOST_TEST(run("ask") == "200 42");
  world.kill(foreign);
  BOOST_TEST(run("ask") == R"(503 ["nobody there"])");
}

// -- timers -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(run_after_runs_once_after_its_delay) {
  start(begin_handler().action("start", [&](const context& ctx) {
    ctx.run_after(250ms, [&] { notes.emplace_back("ran"); });
  }));
  run("start");
  world.advance(249ms);
  BOOST_TEST(notes.empty());
  world.advance(1ms);
  BOOST_TEST(notes.size() == 1u);
  world.advance(1min);
  BOOST_TEST(notes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_is_logged_and_does_no_harm) {
  start(begin_handler().action("start", [&](const context& ctx) {
    ctx.run_after(10ms, [] { throw std::runtime_error("too bad"); });
  }));
  run("start");
  world.advance(10ms);
  BOOST_TEST(world.logged(
      "a callback of handler \"subject\" threw: too bad (connection 1)\n"));
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(timers_of_a_connection_that_has_ended_never_run) {
  start(begin_handler()
            .lives_for(lifetime::unit)
            .action("start", [&](const context& ctx) {
              auto id = std::to_string(ctx.scope().connection_id);
              ctx.run_after(1s, [&, id] { notes.push_back(id); });
            }));
  client_probe other{home, 2};
  send("start");
  other.ask(subject, other.message("start"));
  world.settle();
  tell(connection_ended{1});
  world.advance(1min);
  BOOST_TEST(notes == std::vector<std::string>{"2"});
}

BOOST_AUTO_TEST_CASE(timers_of_a_killed_runner_never_run) {
  start(begin_handler().action("start", [&](const context& ctx) {
    ctx.run_after(1s, [&] { notes.emplace_back("ran"); });
  }));
  run("start");
  world.kill(subject);
  world.advance(1min);
  BOOST_TEST(notes.empty());
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(hooks_get_the_connection_and_the_state) {
  start(begin_handler()
            .lives_for(lifetime::unit)
            .on_open([&](const context& ctx, counter& state) {
              state.value += 10;
              ctx.push({"welcome", nullptr});
            })
            .on_close([&](const context& ctx, counter& state) {
              notes.push_back(std::to_string(ctx.scope().connection_id)
                              + " left at " + std::to_string(state.value));
            }));
  tell(client.opened());
  BOOST_TEST(client.pushed() == std::vector<std::string>{"welcome"});
  BOOST_TEST(run("count") == R"(200 {"n":11})");
  tell(connection_ended{1});
  BOOST_TEST(notes == std::vector<std::string>{"1 left at 11"});
  tell(connection_ended{1});
  BOOST_TEST(notes.size() == 1u);
  BOOST_TEST(run("count") == R"(200 {"n":12})");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_it_did_not_know_calls_no_hook) {
  start(begin_handler().lives_for(lifetime::unit).on_close([&](const context&) {
    notes.emplace_back("closed");
  }));
  tell(connection_ended{1});
  BOOST_TEST(notes.empty());
}

BOOST_AUTO_TEST_CASE(hooks_that_throw_are_logged_and_do_no_harm) {
  start(begin_handler()
            .lives_for(lifetime::unit)
            .on_open([](const context&) { throw std::runtime_error("open"); })
            .on_close([](const context&) { throw 1; }));
  tell(client.opened());
  BOOST_TEST(world.logged(
      "a hook of handler \"subject\" threw: open (connection 1)\n"));
  tell(connection_ended{1});
  BOOST_TEST(world.logged("a hook of handler \"subject\" threw something"));
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(made_for_one_connection_it_ends_with_it) {
  start(put_off(
      begin_handler()
          .on_open([&](const context&) { notes.emplace_back("opened"); })
          .on_close([&](const context&) { notes.emplace_back("closed"); })));
  tell(client.opened());
  auto number = send("later");
  BOOST_TEST(is_alive());
  tell(connection_ended{1});
  // Who passed the message on does not wait for ever.
  BOOST_TEST(client.answer(number).starts_with("503 "));
  BOOST_TEST(notes == (std::vector<std::string>{"opened", "closed"}));
  BOOST_TEST(!is_alive());
  // Its answer is for nobody.
  later->answer(ok());
  world.settle();
}

BOOST_AUTO_TEST_CASE(made_for_many_it_goes_on_for_those_that_stay) {
  start(put_off(begin_handler().lives_for(lifetime::unit)));
  auto mine = send("later");
  auto my_promise = later;
  client_probe other{home, 2};
  auto others = other.ask(subject, other.message("later"));
  world.settle();
  tell(connection_ended{2});
  BOOST_TEST(other.answer(others).starts_with("503 "));
  later->answer(ok());
  my_promise->answer(ok("mine"));
  world.settle();
  BOOST_TEST(client.answer(mine) == R"(200 "mine")");
}

// -- off the unit -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_blocking_action_needs_no_actor) {
  handler_spec spec =
      handler("h")
          .action(
              "twice", [](arg<"x", std::int64_t> x) { return ok(2 * *x); },
              blocking)
          .action(
              "throw", []() -> reply { throw std::exception{}; }, blocking);
  auto run_one = [&](const std::string& name, json::object arguments) {
    const auto message = client.message(name, std::move(arguments));
    return text(run_action(*spec, spec->actions.at(name), message, {},
                           *world.shared()->notifier, *world.shared()->log));
  };
  BOOST_TEST(run_one("twice", {{"x", 21}}) == "200 42");
  BOOST_TEST(run_one("twice", {})
             == R"(400 [{"x":["This field is required."]}])");
  BOOST_TEST(run_one("throw", {}) == server_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace runner_suite
