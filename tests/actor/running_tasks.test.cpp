
#include "stagedoor/actors/handlers/running_tasks.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/asking_fixture.hpp"
#include "support/channel.hpp"

namespace running_tasks_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);
const auto unavailable = text(errc::unavailable);
const auto timed_out = text(errc::timed_out);

using strings = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(running_tasks, asking_fixture)

// -- coroutines ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_coroutine_has_what_an_action_has) {
  start(begin_handler().action(
      "all",
      [extra = std::string(40, 'x'),
       this](const context& ctx, const request& message, subject_state& state,
             const arg<"a", std::string>& a, arg<"b", std::int64_t> b,
             const notifier& tells) -> task<json::value> {
        const auto* before = &tells;
        co_await ctx.sleep(1s);
        auto x = co_await ctx.ask<std::int32_t>(foreign, 1s, 2);
        state.value += x;
        ctx.push({"news", nullptr});
        co_return json::value{message.action(), *a,           *b,
                              state.value,      extra.size(), before == &tells};
      }));
  BOOST_TEST(run("all", {{"b", 1}})
             == R"(400 [{"a":["This field is required."]}])");
  auto number = send("all", {{"a", std::string(50, 'a').c_str()}, {"b", 3}});
  run("count");
  world.advance(1s);
  BOOST_TEST(client.answer(number)
             == R"(200 ["all",")" + std::string(50, 'a') + R"(",3,5,40,true])");
  BOOST_TEST(client.pushed() == strings{"news"});
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_answer_at_once) {
  start(begin_handler()
            .action("reply",
                    []() -> task<> {
                      co_return ok({{"a", 1}}, 201);
                    })
            .action("void", []() -> task<void> { co_return; }));
  BOOST_TEST(run("reply") == R"(201 {"a":1})");
  BOOST_TEST(run("void") == "200 null");
}

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_others) {
  struct parts {
    static task<std::int32_t> one(const context& ctx, const caf::actor& whom,
                                  std::int32_t x) {
      co_await ctx.sleep(10ms);
      if (x == 3)
        throw std::runtime_error("three");
      co_return co_await ctx.ask<std::int32_t>(whom, 1s, x);
    }
    static task<std::int32_t> sum(const context& ctx, const caf::actor& whom) {
      std::int32_t result = 0;
      for (std::int32_t x = 1; x < 5; ++x)
        try {
          result += co_await one(ctx, whom, x);
        } catch (const std::runtime_error&) {
          result += 100;
        }
      co_return result;
    }
  };
  start(begin_handler().action("sum",
                               [&](const context& ctx) -> task<std::int32_t> {
                                 return parts::sum(ctx, foreign);
                               }));
  auto number = send("sum");
  world.advance(40ms);
  BOOST_TEST(client.answer(number) == "200 114");
}

BOOST_AUTO_TEST_CASE(a_coroutine_awaits_what_is_deferred) {
  std::optional<deferred> held;
  start(begin_handler().action("act", [&](const context& ctx) -> task<> {
    held = ctx.defer();
    auto first = co_await deferred{*held};
    deferred later =
        ctx.ask(foreign, 1s, 4, [](std::int32_t x) { return ok(x); });
    auto second = co_await std::move(later);
    co_return ok({first.data, second.data});
  }));
  auto number = send("act");
  held->answer(ok("now"));
  held.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == R"(200 ["now",8])");
  number = send("act");
  held.reset(); // Forgotten.
  world.settle();
  BOOST_TEST(client.answer(number) == "200 [null,8]");
}

BOOST_AUTO_TEST_CASE(the_failure_of_a_question_may_be_caught) {
  start(begin_handler().action("act", [&](const context& ctx) -> task<> {
    json::array found;
    for (const char* question : {"fail", "unavailable"})
      try {
        co_await ctx.ask<std::string>(foreign, 1s, question);
      } catch (const await_error& error) {
        found.emplace_back(to_string(error.code()));
      }
    try {
      co_await ctx.ask<std::int32_t>(foreign, 50ms, caf::put_atom_v);
    } catch (const await_error& error) {
      found.emplace_back(to_string(error.code()));
    }
    co_return ok(std::move(found));
  }));
  auto number = send("act");
  world.advance(50ms);
  BOOST_TEST(client.answer(number)
             == R"(200 ["server_error","unavailable","timed_out"])");
  BOOST_TEST(!world.logged("error"));
}

// -- deadlines and ends -------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_deadline_of_the_action_destroys_a_coroutine) {
  const auto limit = world.bounds().action_timeout;
  start(begin_handler()
            .action("in_time",
                    [&](const context& ctx) -> task<> {
                      witness w{notes};
                      co_await ctx.sleep(limit - 10ms);
                      co_return ok();
                    })
            .action("late", [&](const context& ctx) -> task<> {
              witness w{notes};
              co_await ctx.sleep(limit / 2);
              co_await ctx.sleep(limit / 2);
              notes.emplace_back("resumed");
              co_return ok();
            }));
  auto number = send("in_time");
  world.advance(limit - 10ms);
  BOOST_TEST(client.answer(number) == "200 null");
  notes.clear();
  number = send("late");
  world.advance(limit - 10ms);
  BOOST_TEST(notes.empty());
  BOOST_TEST(client.answer(number) == "");
  world.advance(10ms);
  BOOST_TEST(client.answer(number) == timed_out);
  BOOST_TEST(notes == strings{"destroyed"});
  world.advance(1min);
  BOOST_TEST(notes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_its_coroutines) {
  start(ask_in_vain().lives_for(lifetime::unit));
  client_probe other{home, 2};
  auto mine = send("await");
  send("wait");
  auto others = other.ask(subject, other.message("await"));
  world.settle();
  tell(connection_ended{1});
  BOOST_TEST(notes == (strings{"destroyed", "destroyed"}));
  BOOST_TEST(client.answer(mine) == unavailable);
  answer_all(3);
  BOOST_TEST(notes
             == (strings{"destroyed", "destroyed", "resumed", "destroyed"}));
  BOOST_TEST(other.answer(others) == "200 3");
}

BOOST_AUTO_TEST_CASE(the_death_of_a_connection_is_enough) {
  start(ask_in_vain().lives_for(lifetime::server));
  client_probe other{home, 2};
  auto mine = send("await");
  other.ask(subject, other.message("await"));
  other.ask(subject, other.message("wait"));
  world.settle();
  world.kill(other.handle());
  BOOST_TEST(notes == (strings{"destroyed", "destroyed"}));
  answer_all(3);
  BOOST_TEST(client.answer(mine) == "200 3");
}

BOOST_AUTO_TEST_CASE(a_runner_that_ends_ends_its_coroutines_first) {
  struct state : subject_state {
    std::vector<std::string>* notes = nullptr;
    ~state() {
      if (notes != nullptr)
        notes->emplace_back("state");
    }
  };
  start(handler<state>("subject")
            .action("await",
                    [&](const context& ctx, state& own) -> task<> {
                      own.notes = &notes;
                      witness w{notes};
                      co_await ctx.sleep(1s);
                      notes.emplace_back("resumed");
                      co_return ok();
                    })
            .action("quit", [](const context& ctx) -> task<> {
              co_await ctx.sleep(10ms);
              ctx.self()->quit();
              co_await ctx.sleep(10ms);
              co_return ok();
            }));
  auto number = send("await");
  auto other = send("quit");
  world.advance(10ms);
  BOOST_TEST(notes == (strings{"destroyed", "state"}));
  BOOST_TEST(client.answer(number) == server_error);
  BOOST_TEST(client.answer(other) == server_error);
  world.advance(1min);
  BOOST_TEST(notes.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_destroyed_may_ask_again) {
  struct asks_at_end {
    context ctx;
    caf::actor whom;
    std::vector<std::string>* notes;
    ~asks_at_end() {
      (void)ctx.ask(whom, 1s, 1,
                    [n = notes](std::int32_t) { n->emplace_back("answered"); });
    }
  };
  start(begin_handler()
            .lives_for(lifetime::unit)
            .action("await", [&](const context& ctx) -> task<> {
              asks_at_end last{ctx, foreign, &notes};
              co_await ctx.sleep(1s);
              co_return ok();
            }));
  send("await");
  tell(connection_ended{1});
  BOOST_TEST(notes == strings{"answered"});
  send("await");
  world.kill(subject);
  BOOST_TEST(notes == strings{"answered"});
}

// -- jobs ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_blocking_job_runs_elsewhere_and_comes_back) {
  const auto here = std::this_thread::get_id();
  start(begin_handler()
            .action("work",
                    [here](const context& ctx) -> task<> {
                      auto there = co_await ctx.blocking(
                          [] { return std::this_thread::get_id(); });
                      co_await ctx.blocking([] {});
                      auto keeps = [text = std::string(40, 'x')] {
                        return text;
                      };
                      auto text = co_await ctx.blocking(keeps);
                      co_return ok({text == keeps(), there != here,
                                    std::this_thread::get_id() == here});
                    })
            .action("throw", [](const context& ctx) -> task<> {
              try {
                co_await ctx.blocking([]() -> int { throw 7; });
              } catch (int x) {
                co_return ok(x);
              }
              co_return ok("never");
            }));
  BOOST_TEST(run_with_threads("work") == "200 [true,true,true]");
  BOOST_TEST(run_with_threads("throw") == "200 7");
}

BOOST_AUTO_TEST_CASE(a_job_beyond_the_queue_is_a_503) {
  limits bounds;
  bounds.blocking_workers = 1;
  bounds.blocking_queue_max = 1;
  gate held;
  asking_fixture small{bounds};
  opens_at_end opens{held};
  small.start(begin_handler().action("work", [&](const context& ctx) -> task<> {
    co_await ctx.blocking([&] { held.pass(); });
    co_return ok("done");
  }));
  auto running = small.send("work");
  held.wait_for();
  auto waiting = small.send("work");
  BOOST_TEST(small.run("work") == unavailable);
  held.open();
  BOOST_TEST(small.world.settle_until(
      [&] { return !small.client.answer(waiting).empty(); }));
  BOOST_TEST(small.client.answer(running) == R"(200 "done")");
  BOOST_TEST(small.client.answer(waiting) == R"(200 "done")");
}

BOOST_AUTO_TEST_CASE(a_job_that_nobody_waits_for_is_not_begun) {
  limits bounds;
  bounds.blocking_workers = 1;
  gate held;
  std::atomic<int> begun = 0;
  asking_fixture small{bounds};
  opens_at_end opens{held};
  small.start(begin_handler()
                  .lives_for(lifetime::unit)
                  .action("work", [&](const context& ctx) -> task<> {
                    witness w{small.notes};
                    co_await ctx.blocking([&] {
                      ++begun;
                      held.pass();
                    });
                    small.notes.emplace_back("resumed");
                    co_return ok();
                  }));
  small.send("work");
  held.wait_for();
  small.send("work");
  small.tell(connection_ended{1});
  BOOST_TEST(small.notes == (strings{"destroyed", "destroyed"}));
  held.open();
  client_probe other{small.home, 2};
  auto number = other.ask(small.subject, other.message("work"));
  BOOST_TEST(
      small.world.settle_until([&] { return !other.answer(number).empty(); }));
  BOOST_TEST(begun == 2);
  BOOST_TEST(small.notes.size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace running_tasks_suite
