// Actions that ask other actors.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/asking_fixture.hpp"

namespace asking_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);
const auto unavailable = text(errc::unavailable);
const auto timed_out = text(errc::timed_out);

using strings = std::vector<std::string>;

/// How far the stack has grown.
std::uintptr_t stack_place() {
  // Not the address of a variable, which sanitizers keep elsewhere.
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(asking, asking_fixture)

// -- with a callback ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_callback_gets_the_answer_and_gives_the_reply) {
  start(begin_handler()
            .action("reply",
                    [&](const context& ctx) {
                      return ctx.ask(foreign, 1s, 21,
                                     [](std::int32_t x) { return ok(x, 201); });
                    })
            .action("json",
                    [&](const context& ctx) {
                      return ctx.ask(
                          foreign, 1s, "what",
                          [](const std::string& x) { return json::value(x); });
                    })
            .action("nothing",
                    [&](const context& ctx, subject_state& state) {
                      return ctx.ask(foreign, 1s, caf::ok_atom_v,
                                     [&state] { ++state.value; });
                    })
            .action("two", [&](const context& ctx) {
              return ctx.ask(foreign, 1s, caf::get_atom_v,
                             [](std::int32_t x, const std::string& y) {
                               return ok({x, y});
                             });
            }));
  BOOST_TEST(run("reply") == "201 42");
  BOOST_TEST(run("json") == R"(200 "what!")");
  BOOST_TEST(run("nothing") == "200 null");
  BOOST_TEST(run("count") == R"(200 {"n":2})");
  BOOST_TEST(run("two") == R"(200 [7,"x"])");
}

BOOST_AUTO_TEST_CASE(a_typed_actor_is_asked_in_the_same_way) {
  start(begin_handler()
            .action("one",
                    [&](const context& ctx) {
                      return ctx.ask(typed, 1s, 21,
                                     [](std::int32_t x) { return ok(x); });
                    })
            .action("none",
                    [&](const context& ctx) {
                      return ctx.ask(typed, 1s, "text", [] {});
                    })
            .action("await", [&](const context& ctx) -> task<json::value> {
              co_await ctx.ask(typed, 1s, "text");
              auto one = co_await ctx.ask(typed, 1s, 3);
              auto [x, y] = co_await ctx.ask(typed, 1s, caf::get_atom_v);
              co_return json::value{one, x, y};
            }));
  BOOST_TEST(run("one") == "200 42");
  BOOST_TEST(run("none") == "200 null");
  BOOST_TEST(run("await") == R"(200 [6,7,"x"])");
}

BOOST_AUTO_TEST_CASE(a_callback_may_return_what_comes_later) {
  std::optional<deferred> held;
  auto ask_again = [&](const context& ctx, std::int32_t x) {
    return ctx.ask(foreign, 1s, x, [](std::int32_t y) { return ok(y); });
  };
  start(begin_handler()
            .action("twice",
                    [&](const context& ctx) {
                      return ctx.ask(foreign, 1s, 1,
                                     [ctx, &ask_again](std::int32_t x) {
                                       return ask_again(ctx, x);
                                     });
                    })
            .action("outcome",
                    [&](const context& ctx, arg<"x", std::int64_t> x) {
                      return ctx.ask(
                          foreign, 1s, static_cast<std::int32_t>(*x),
                          [ctx, &ask_again](std::int32_t y) -> outcome {
                            if (y > 100)
                              return reject("too much");
                            return ask_again(ctx, y);
                          });
                    })
            .action("deferred",
                    [&](const context& ctx) {
                      return ctx.ask(foreign, 1s, 1, [&, ctx](std::int32_t) {
                        held = ctx.defer();
                        return *held;
                      });
                    })
            .action("coroutine", [&](const context& ctx) {
              return ctx.ask(foreign, 1s, 1,
                             [ctx](std::int32_t x) -> task<std::int32_t> {
                               co_await ctx.sleep(1s);
                               co_return x;
                             });
            }));
  BOOST_TEST(run("twice") == "200 4");
  BOOST_TEST(run("outcome", {{"x", 1}}) == "200 4");
  BOOST_TEST(run("outcome", {{"x", 51}}) == R"(400 ["too much"])");
  auto number = send("deferred");
  held->answer(ok("held"));
  world.settle();
  BOOST_TEST(client.answer(number) == R"(200 "held")");
  number = send("coroutine");
  BOOST_TEST(client.answer(number) == "");
  world.advance(1s);
  BOOST_TEST(client.answer(number) == "200 2");
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_questions_needs_no_stack) {
  constexpr int length = 1000;
  std::vector<std::uintptr_t> places;
  std::function<deferred(const context&, int)> next = [&](const context& ctx,
                                                          int left) {
    return ctx.ask(foreign, 1s, 1, [&, ctx, left](std::int32_t) -> task<> {
      auto result = ok("end");
      if (left > 0)
        result = co_await next(ctx, left - 1);
      places.push_back(stack_place());
      co_return result;
    });
  };
  start(begin_handler().action(
      "chain", [&](const context& ctx) { return next(ctx, length); }));
  BOOST_TEST(run("chain") == R"(200 "end")");
  BOOST_REQUIRE(places.size() == length + 1u);
  const auto [low, high] = std::ranges::minmax(places);
  BOOST_TEST(high - low < 10'000u);
}

// -- failures -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_that_is_late_is_a_504) {
  start(ask_in_vain());
  auto number = send("wait");
  auto other = send("await");
  world.advance(4990ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(10ms);
  BOOST_TEST(client.answer(number) == timed_out);
  BOOST_TEST(client.answer(other) == timed_out);
  BOOST_TEST(notes == (strings{"destroyed", "destroyed"}));
  answer_all(1);
  BOOST_TEST(notes.size() == 2u);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_gone_or_goes_is_a_503) {
  start(ask_in_vain());
  auto number = send("wait");
  auto other = send("await");
  world.kill(foreign);
  BOOST_TEST(client.answer(number) == unavailable);
  BOOST_TEST(client.answer(other) == unavailable);
  BOOST_TEST(run("wait") == unavailable);
  BOOST_TEST(run("await") == unavailable);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(!world.logged("error"));
}

BOOST_AUTO_TEST_CASE(an_error_and_a_wrong_type_are_a_500_and_in_the_log) {
  auto ask = [&](const context& ctx, const std::string& question) {
    return ctx.ask(foreign, 1s, question, [](const std::string& answer) {
      return ok(json::value(answer));
    });
  };
  start(
      begin_handler()
          .action("fail", [&](const context& ctx) { return ask(ctx, "fail"); })
          .action("unavailable",
                  [&](const context& ctx) { return ask(ctx, "unavailable"); })
          .action("wrong",
                  [&](const context& ctx) {
                    return ctx.ask(foreign, 1s, 1, [](const std::string&) {});
                  })
          .action("unknown",
                  [&](const context& ctx) {
                    return ctx.ask(foreign, 1s, caf::add_atom_v, [] {});
                  })
          .action("null",
                  [&](const context& ctx) -> task<> {
                    co_return ok(
                        co_await ctx.ask<std::int32_t>(caf::actor{}, 1s, 1));
                  })
          .action("caught", [&](const context& ctx) -> task<> {
            try {
              co_await ctx.ask<std::string>(foreign, 1s, "fail");
            } catch (const await_error& error) {
              if (error.reason() == caf::sec::runtime_error)
                co_return fail(404, "There is no way.");
            }
            co_return ok();
          }));
  BOOST_TEST(run("fail") == server_error);
  BOOST_TEST(world.logged("error action \"fail\" of handler \"subject\" threw: "
                          "an actor answered with the error "));
  BOOST_TEST(run("unavailable") == unavailable);
  BOOST_TEST(run("wrong") == server_error);
  BOOST_TEST(world.logged("error action \"wrong\" of handler \"subject\" "
                          "threw: an actor answered with other types than were "
                          "asked for: "));
  BOOST_TEST(run("unknown") == server_error);
  BOOST_TEST(world.logged("error action \"unknown\""));
  BOOST_TEST(run("null") == server_error);
  BOOST_TEST(world.logged("error action \"null\" of handler \"subject\" threw: "
                          "the handle of the actor that is asked is empty"));
  BOOST_TEST(run("caught") == R"(404 ["There is no way."])");
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(whatever_is_thrown_later_is_a_500_and_in_the_log) {
  start(begin_handler()
            .action("callback",
                    [&](const context& ctx) {
                      return ctx.ask(foreign, 1s, 1, [](std::int32_t) -> reply {
                        throw std::runtime_error("the cause");
                      });
                    })
            .action("coroutine",
                    [&](const context& ctx) -> task<> {
                      co_await ctx.sleep(1s);
                      throw std::runtime_error("the cause");
                    })
            .action("at_once", []() -> task<> {
              throw std::runtime_error("the cause");
              co_return ok();
            }));
  BOOST_TEST(run("callback") == server_error);
  BOOST_TEST(world.logged("error action \"callback\" of handler \"subject\" "
                          "threw: the cause (route "));
  auto number = send("coroutine");
  world.advance(1s);
  BOOST_TEST(client.answer(number) == server_error);
  BOOST_TEST(world.logged("error action \"coroutine\" of handler \"subject\" "
                          "threw: the cause (route "));
  BOOST_TEST(run("at_once") == server_error);
  BOOST_TEST(world.logged("error action \"at_once\" of handler \"subject\" "
                          "threw: the cause (route "));
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(an_answer_may_take_as_long_as_the_action) {
  start(begin_handler().action("wait", [&](const context& ctx) {
    return ctx.ask(foreign, std::chrono::hours::max(), caf::put_atom_v,
                   [](std::int32_t x) { return ok(x); });
  }));
  auto first = send("wait");
  world.advance(world.bounds().action_timeout - 10ms);
  answer_all(3);
  BOOST_TEST(client.answer(first) == "200 3");
  auto second = send("wait");
  world.advance(world.bounds().action_timeout);
  BOOST_TEST(client.answer(second) == timed_out);
}

BOOST_AUTO_TEST_CASE(no_time_at_all_is_late_at_the_next_tick) {
  start(begin_handler().action("wait", [&](const context& ctx) {
    return ctx.ask(foreign, -1s, caf::put_atom_v,
                   [](std::int32_t x) { return ok(x); });
  }));
  auto number = send("wait");
  world.advance(10ms);
  BOOST_TEST(client.answer(number) == timed_out);
}

BOOST_AUTO_TEST_CASE(hooks_and_timers_may_ask_without_a_message) {
  start(begin_handler()
            .on_open([&](const context& ctx) {
              (void)ctx.ask(foreign, 1s, 1, [ctx](std::int32_t) {
                ctx.push({"hello", nullptr});
              });
            })
            .action("later", [&](const context& ctx) {
              ctx.run_after(1s, [&, ctx] {
                (void)ctx.ask(foreign, 1s, "x", [](const std::string&) {
                  throw std::runtime_error("nobody hears");
                });
              });
            }));
  tell(client.opened());
  BOOST_TEST(client.pushed() == strings{"hello"});
  run("later");
  world.advance(1s);
  BOOST_TEST(world.logged("error a coroutine of handler \"subject\" threw: "
                          "nobody hears (connection 1)"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace asking_suite
