// protocol/README.md, "The reply": how actions run, and what is left of their
// handlers.

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/one_client.hpp"

namespace actions_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto pong = success(R"({"pong":true})", "ping");
const std::string ping = R"({"action":"ping"})";

/// A message to the counter of the newsroom.
std::string count(const std::string& action) {
  return R"({"route":"counter/","action":")" + action + "\"}";
}

std::string counted(int value) {
  return success(R"({"value":)" + std::to_string(value) + "}", "increment",
                 "counter/");
}

struct number {
  int value = 0;
};

/// A counter with a lifetime, as the root of an endpoint.
endpoint_spec counter(lifetime how_long) {
  return endpoint(
      "/ws/",
      handler<number>("counter")
          .lives_for(how_long)
          .action("increment", [](number& state) { return ok(++state.value); })
          .action("die", [](const context& ctx) { ctx.self()->quit(); }));
}

const std::string increment = R"({"action":"increment"})";
const std::string die = R"({"action":"die"})";

std::string incremented(int value) {
  return success(std::to_string(value), "increment");
}

/// Actions whose answers the test gives.
struct held_answers {
  channel<deferred> held;

  endpoint_spec endpoint() {
    return stagedoor::endpoint("/ws/", handler("root")
                                           .action("hold",
                                                   [this](const context& ctx) {
                                                     auto later = ctx.defer();
                                                     held.put(later);
                                                     return later;
                                                   })
                                           .action(
                                               "hold_beside",
                                               [this](const context& ctx) {
                                                 auto later = ctx.defer();
                                                 held.put(later);
                                                 return later;
                                               },
                                               concurrent)
                                           .action("ping", [] {
                                             return ok({{"pong", true}});
                                           }));
  }
};

std::string with_id(const std::string& action, int id) {
  return R"({"action":")" + action + R"(","request_id":)" + std::to_string(id)
         + "}";
}

std::string frames(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts)
    result += encode_frame(true, opcode::text, text);
  return result;
}

/// Reads as many texts as there are and compares them in any order.
void check_in_any_order(websocket_client& client,
                        std::vector<std::string> expected) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < expected.size(); ++i)
    found.push_back(client.read_text());
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(actions)

// -- the state of a handler ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_handler_keeps_its_state_for_each_connection) {
  test_server server;
  websocket_client one(server.port(), "/ws/");
  websocket_client other(server.port(), "/ws/");
  BOOST_TEST(one.ask(count("increment")) == counted(1));
  BOOST_TEST(one.ask(count("increment")) == counted(2));
  BOOST_TEST(other.ask(count("increment")) == counted(1));
  BOOST_TEST(one.ask(count("increment")) == counted(3));
  one.say_goodbye();
  BOOST_TEST(other.ask(count("increment")) == counted(2));
}

BOOST_AUTO_TEST_CASE(a_throw_keeps_the_state) {
  one_client fixture;
  BOOST_TEST(fixture.ask(count("increment")) == counted(1));
  BOOST_TEST(fixture.ask(count("throw"))
             == failure(500, server_error, "throw", "counter/"));
  BOOST_TEST(fixture.ask(count("increment")) == counted(2));
}

BOOST_AUTO_TEST_CASE(a_death_loses_the_state_and_harms_nobody_else) {
  one_client fixture;
  websocket_client other(fixture.server.port(), "/ws/");
  BOOST_TEST(fixture.ask(count("increment")) == counted(1));
  BOOST_TEST(other.ask(count("increment")) == counted(1));
  BOOST_TEST(fixture.ask(count("die"))
             == failure(500, server_error, "die", "counter/"));
  BOOST_TEST(fixture.ask(count("increment")) == counted(1));
  BOOST_TEST(other.ask(count("increment")) == counted(2));
}

BOOST_AUTO_TEST_CASE(a_handler_that_dies_again_is_503_for_a_while) {
  one_client fixture;
  fixture.client.send_bytes(
      frames({count("increment"), count("die"), count("increment"),
              count("die"), count("increment"), ping}));
  BOOST_TEST(fixture.client.read_text() == counted(1));
  BOOST_TEST(fixture.client.read_text()
             == failure(500, server_error, "die", "counter/"));
  BOOST_TEST(fixture.client.read_text() == counted(1));
  BOOST_TEST(fixture.client.read_text()
             == failure(500, server_error, "die", "counter/"));
  BOOST_TEST(fixture.client.read_text()
             == failure(503, unavailable, "increment", "counter/"));
  BOOST_TEST(fixture.client.read_text() == pong);
  std::string answer;
  BOOST_TEST(eventually([&] {
    answer = fixture.client.ask(count("increment"));
    return answer != failure(503, unavailable, "increment", "counter/");
  }));
  BOOST_TEST(answer == counted(1));
}

BOOST_AUTO_TEST_CASE(a_handler_of_a_unit_is_shared_by_its_connections) {
  test_server server({counter(lifetime::unit)});
  // They are spread evenly over two units.
  websocket_client clients[]{{server.port(), "/ws/"},
                             {server.port(), "/ws/"},
                             {server.port(), "/ws/"},
                             {server.port(), "/ws/"}};
  std::vector<std::string> answers;
  for (auto& client : clients)
    answers.push_back(client.ask(increment));
  std::sort(answers.begin(), answers.end());
  BOOST_TEST(answers
                 == (std::vector{incremented(1), incremented(1), incremented(2),
                                 incremented(2)}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_server_is_shared_by_all_connections) {
  test_server server({counter(lifetime::server)});
  websocket_client clients[]{{server.port(), "/ws/"},
                             {server.port(), "/ws/"},
                             {server.port(), "/ws/"}};
  int value = 0;
  for (int round = 0; round < 2; ++round)
    for (auto& client : clients)
      BOOST_TEST(client.ask(increment) == incremented(++value));
}

BOOST_AUTO_TEST_CASE(a_shared_handler_outlives_its_connections) {
  for (const auto& how_long : {lifetime::unit, lifetime::server}) {
    test_server server({counter(how_long)},
                       [](server_options& options) { options.threads = 1; });
    for (int i = 1; i < 4; ++i) {
      websocket_client client(server.port(), "/ws/");
      BOOST_TEST(client.ask(increment) == incremented(i));
      client.say_goodbye();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_shared_handler_that_dies_starts_anew_for_all) {
  for (const auto& how_long : {lifetime::unit, lifetime::server}) {
    test_server server({counter(how_long)}, [&](server_options& options) {
      options.threads = how_long == lifetime::unit ? 1 : 2;
    });
    websocket_client one(server.port(), "/ws/");
    websocket_client other(server.port(), "/ws/");
    BOOST_TEST(one.ask(increment) == incremented(1));
    BOOST_TEST(other.ask(increment) == incremented(2));
    BOOST_TEST(other.ask(die) == failure(500, server_error, "die"));
    BOOST_TEST(one.ask(increment) == incremented(1));
    BOOST_TEST(other.ask(increment) == incremented(2));
  }
}

BOOST_AUTO_TEST_CASE(a_handler_is_made_only_for_who_is_allowed) {
  static std::atomic<int> made;
  made = 0;
  struct state {
    state() { ++made; }
  };
  test_server server({endpoint("/ws/").route(
      "x/", handler<state>("guarded")
                .permissions(is_authenticated())
                .action("go", [](state&) { return ok(); }))});
  const auto go = R"({"action":"go","route":"x/"})";
  BOOST_TEST(websocket_client(server.port(), "/ws/").ask(go)
             == failure(403, denied, "go", "x/"));
  BOOST_TEST(made == 0);
  BOOST_TEST(websocket_client(server.port(), "/ws/?token=alice-token").ask(go)
             == success("null", "go", "x/"));
  BOOST_TEST(made == 1);
}

// -- answers that come later --------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_that_comes_later_keeps_its_place) {
  held_answers answers;
  one_client fixture({answers.endpoint()});
  fixture.client.send_bytes(
      frames({with_id("hold", 1), ping, with_id("hold", 2), ping}));
  answers.held.take().answer(ok("first"));
  BOOST_TEST(fixture.client.read_text()
             == success(R"("first")", "hold", "", "1"));
  BOOST_TEST(fixture.client.read_text() == pong);
  answers.held.take().answer(reject("second"));
  BOOST_TEST(fixture.client.read_text()
             == failure(400, R"(["second"])", "hold", "", "2"));
  BOOST_TEST(fixture.client.read_text() == pong);
}

BOOST_AUTO_TEST_CASE(a_later_answer_counts_once) {
  held_answers answers;
  one_client fixture({answers.endpoint()});
  fixture.client.send_text(with_id("hold", 1));
  const auto later = answers.held.take();
  later.answer(ok(1));
  later.answer(ok(2));
  BOOST_TEST(fixture.client.read_text() == success("1", "hold", "", "1"));
  BOOST_TEST(fixture.ask(ping) == pong);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_forgotten_is_500) {
  held_answers answers;
  one_client fixture({answers.endpoint()});
  fixture.client.send_text(with_id("hold", 1));
  answers.held.take();
  BOOST_TEST(fixture.client.read_text()
             == failure(500, server_error, "hold", "", "1"));
  fixture.client.send_text(with_id("hold_beside", 2));
  answers.held.take();
  BOOST_TEST(fixture.client.read_text()
             == failure(500, server_error, "hold_beside", "", "2"));
  BOOST_TEST(fixture.ask(ping) == pong);
}

BOOST_AUTO_TEST_CASE(an_answer_past_the_deadline_is_504_and_dropped) {
  held_answers answers;
  one_client fixture({answers.endpoint()}, limited([](limits& bounds) {
                       bounds.action_timeout = 100ms;
                     }));
  for (const std::string action : {"hold", "hold_beside"}) {
    BOOST_TEST(fixture.client.ask(with_id(action, 1))
               == failure(504, timed_out, action, "", "1"));
    answers.held.take().answer(ok("late"));
    for (int i = 0; i < 5; ++i)
      BOOST_TEST(fixture.ask(ping) == pong);
  }
}

BOOST_AUTO_TEST_CASE(who_leaves_takes_nobody_along) {
  held_answers answers;
  one_client fixture({answers.endpoint()});
  {
    websocket_client leaves(fixture.server.port(), "/ws/");
    leaves.send_bytes(frames({with_id("hold_beside", 1), with_id("hold", 2)}));
    const auto first = answers.held.take();
    const auto second = answers.held.take();
    leaves.reset();
    BOOST_TEST(
        eventually([&] { return fixture.server.connection_count() == 1; }));
    first.answer(ok());
    second.answer(ok());
  }
  BOOST_TEST(fixture.ask(ping) == pong);
}

// -- concurrent actions -------------------------------------------------------

BOOST_AUTO_TEST_CASE(concurrent_actions_overtake_each_other) {
  held_answers answers;
  one_client fixture({answers.endpoint()});
  fixture.client.send_bytes(
      frames({with_id("hold_beside", 1), with_id("hold_beside", 2), ping}));
  const auto first = answers.held.take();
  const auto second = answers.held.take();
  BOOST_TEST(fixture.client.read_text() == pong);
  second.answer(ok("second"));
  BOOST_TEST(fixture.client.read_text()
             == success(R"("second")", "hold_beside", "", "2"));
  BOOST_TEST(fixture.ask(ping) == pong);
  first.answer(reject("first"));
  BOOST_TEST(fixture.client.read_text()
             == failure(400, R"(["first"])", "hold_beside", "", "1"));
}

BOOST_AUTO_TEST_CASE(a_short_nap_overtakes_a_long_one) {
  one_client fixture;
  const auto nap = [](int ms, const std::string& id) {
    return R"({"action":"nap","route":"slow/","ms":)" + std::to_string(ms)
           + R"(,"request_id":)" + id + "}";
  };
  fixture.client.send_bytes(frames({nap(600, "1"), nap(100, "2"), ping}));
  BOOST_TEST(fixture.client.read_text() == pong);
  BOOST_TEST(fixture.client.read_text()
             == success(R"({"slept":100})", "nap", "slow/", "2"));
  BOOST_TEST(fixture.client.read_text()
             == success(R"({"slept":600})", "nap", "slow/", "1"));
}

BOOST_AUTO_TEST_CASE(takes_exactly_as_many_concurrent_actions_as_it_may) {
  held_answers answers;
  one_client fixture({answers.endpoint()}, limited([](limits& bounds) {
                       bounds.concurrent_actions_max = 2;
                     }));
  websocket_client other(fixture.server.port(), "/ws/");
  const auto throttled = [](int id) {
    return failure(429,
                   R"([{"detail":"Request was throttled. )"
                   R"(Expected available in 10 seconds."}])",
                   "hold_beside", "", std::to_string(id));
  };
  fixture.client.send_bytes(
      frames({with_id("hold_beside", 1), with_id("hold_beside", 2),
              with_id("hold_beside", 3), ping}));
  BOOST_TEST(fixture.client.read_text() == throttled(3));
  BOOST_TEST(fixture.client.read_text() == pong);
  const auto first = answers.held.take();
  const auto second = answers.held.take();
  // It is a bound for each connection.
  other.send_text(with_id("hold_beside", 7));
  answers.held.take().answer(ok());
  BOOST_TEST(other.read_text() == success("null", "hold_beside", "", "7"));
  second.answer(ok());
  BOOST_TEST(fixture.client.read_text()
             == success("null", "hold_beside", "", "2"));
  fixture.client.send_text(with_id("hold_beside", 4));
  const auto fourth = answers.held.take();
  BOOST_TEST(fixture.client.ask(with_id("hold_beside", 5)) == throttled(5));
  first.answer(ok());
  fourth.answer(ok());
  check_in_any_order(fixture.client, {success("null", "hold_beside", "", "1"),
                                      success("null", "hold_beside", "", "4")});
}

BOOST_AUTO_TEST_CASE(a_death_answers_what_was_beside_the_queue_too) {
  channel<deferred> held;
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .action(
                                "hold",
                                [&](const context& ctx) {
                                  auto later = ctx.defer();
                                  held.put(later);
                                  return later;
                                },
                                concurrent)
                            .action("die", [](const context& ctx) {
                              ctx.self()->quit();
                            }))});
  fixture.client.send_text(with_id("hold", 1));
  const auto later = held.take();
  fixture.client.send_text(with_id("die", 2));
  check_in_any_order(fixture.client,
                     {failure(500, server_error, "hold", "", "1"),
                      failure(500, server_error, "die", "", "2")});
  later.answer(ok());
  BOOST_TEST(fixture.ask(R"({"action":"x"})").starts_with("{"));
}

BOOST_AUTO_TEST_CASE(what_runs_beside_the_queue_ends_with_the_connection) {
  channel<std::weak_ptr<int>> tokens;
  test_server server({endpoint("/ws/", handler("root").action(
                                           "nap",
                                           [&](const context& ctx) {
                                             auto later = ctx.defer();
                                             auto token =
                                                 std::make_shared<int>();
                                             tokens.put(token);
                                             ctx.run_after(1h, [later, token] {
                                               later.answer(ok());
                                             });
                                             return later;
                                           },
                                           concurrent))});
  websocket_client client(server.port(), "/ws/");
  client.send_text(R"({"action":"nap"})");
  const auto token = tokens.take();
  BOOST_TEST(!token.expired());
  // A close would wait for it.
  client.reset();
  BOOST_TEST(eventually([&] { return token.expired(); }));
}

// -- blocking actions ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_blocking_action_keeps_its_place_and_delays_nobody_else) {
  gate until;
  test_server server(
      {endpoint("/ws/", handler("root")
                            .action(
                                "wait",
                                [&] {
                                  until.pass();
                                  return ok();
                                },
                                blocking)
                            .action("ping",
                                    [] {
                                      return ok({{"pong", true}});
                                    }))},
      [](server_options& options) { options.threads = 1; });
  opens_at_end opener(until);
  websocket_client waits(server.port(), "/ws/");
  websocket_client other(server.port(), "/ws/");
  waits.send_bytes(frames({with_id("wait", 1), ping}));
  until.wait_for();
  BOOST_TEST(other.ask(ping) == pong);
  until.open();
  BOOST_TEST(waits.read_text() == success("null", "wait", "", "1"));
  BOOST_TEST(waits.read_text() == pong);
}

BOOST_AUTO_TEST_CASE(the_example_sleeps_in_order) {
  one_client fixture;
  fixture.client.send_bytes(
      frames({R"({"action":"sleep","route":"slow/","ms":"50"})", ping}));
  BOOST_TEST(fixture.client.read_text()
             == success(R"({"slept":50})", "sleep", "slow/"));
  BOOST_TEST(fixture.client.read_text() == pong);
}

BOOST_AUTO_TEST_CASE(a_blocking_action_past_its_deadline_is_504) {
  gate until;
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .action(
                                "wait",
                                [&] {
                                  until.pass();
                                  return ok();
                                },
                                blocking)
                            .action("ping",
                                    [] {
                                      return ok({{"pong", true}});
                                    }))},
      limited([](limits& bounds) { bounds.action_timeout = 100ms; }));
  opens_at_end opener(until);
  BOOST_TEST(fixture.client.ask(with_id("wait", 1))
             == failure(504, timed_out, "wait", "", "1"));
  until.open();
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(fixture.ask(ping) == pong);
}

BOOST_AUTO_TEST_CASE(takes_exactly_as_many_blocking_actions_as_it_may) {
  gate until;
  one_client fixture({endpoint("/ws/", handler("root").action(
                                           "wait",
                                           [&] {
                                             until.pass();
                                             return ok();
                                           },
                                           blocking, concurrent))},
                     limited([](limits& bounds) {
                       bounds.blocking_workers = 1;
                       bounds.blocking_queue_max = 2;
                     }));
  opens_at_end opener(until);
  fixture.client.send_text(with_id("wait", 1));
  until.wait_for();
  // Two wait for the thread; there is no room for a third one.
  fixture.client.send_bytes(
      frames({with_id("wait", 2), with_id("wait", 3), with_id("wait", 4)}));
  BOOST_TEST(fixture.client.read_text()
             == failure(503, unavailable, "wait", "", "4"));
  until.open();
  for (const auto* id : {"1", "2", "3"})
    BOOST_TEST(fixture.client.read_text() == success("null", "wait", "", id));
  BOOST_TEST(fixture.client.ask(with_id("wait", 5))
             == success("null", "wait", "", "5"));
}

// -- actions that do not reply ------------------------------------------------

BOOST_AUTO_TEST_CASE(an_action_without_reply_is_silent_on_success_only) {
  one_client fixture(
      {endpoint("/ws/", handler<number>("root")
                            .action(
                                "quiet",
                                [](number& state, arg<"by", int> by) -> reply {
                                  if (*by == 0)
                                    return reject("Nothing to add.");
                                  if (*by < 0)
                                    throw std::runtime_error("negative");
                                  state.value += *by;
                                  return ok("never seen");
                                },
                                no_reply)
                            .action("value", [](number& state) {
                              return ok(state.value);
                            }))});
  auto& client = fixture.client;
  const auto quiet = [&](const std::string& by) {
    client.send_text(R"({"action":"quiet","request_id":1,"by":)" + by + "}");
  };
  quiet("2");
  quiet("3");
  BOOST_TEST(client.ask(R"({"action":"value"})") == success("5", "value"));
  quiet("0");
  BOOST_TEST(client.read_text()
             == failure(400, R"(["Nothing to add."])", "quiet", "", "1"));
  quiet("-1");
  BOOST_TEST(client.read_text()
             == failure(500, server_error, "quiet", "", "1"));
  quiet("null");
  BOOST_TEST(client.read_text()
             == failure(400, R"([{"by":["This field may not be null."]}])",
                        "quiet", "", "1"));
  BOOST_TEST(client.ask(R"({"action":"value"})") == success("5", "value"));
}

// -- hooks and pushes ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_root_handler_greets_and_takes_leave) {
  channel<std::string> left;
  test_server server({endpoint(
      "/ws/",
      handler<number>("root")
          .on_open([](const context& ctx, number& state) {
            state.value = 7;
            ctx.push({"welcome", {{"name", ctx.user().username}}, 200});
          })
          .on_close([&](const context& ctx, number& state) {
            left.put(ctx.user().username + ' ' + std::to_string(state.value));
          })
          .action("value", [](number& state) { return ok(++state.value); }))});
  websocket_client client(server.port(), "/ws/?token=alice-token");
  BOOST_TEST(client.read_text()
             == R"({"type":"welcome","data":{"name":"alice"},"status":200})");
  BOOST_TEST(client.ask(R"({"action":"value"})") == success("8", "value"));
  BOOST_TEST(left.empty());
  client.say_goodbye();
  BOOST_TEST(left.take() == "alice 8");
  websocket_client(server.port(), "/ws/?token=bob-token").reset();
  BOOST_TEST(left.take() == "bob 7");
  BOOST_TEST(left.empty());
}

BOOST_AUTO_TEST_CASE(an_inner_handler_greets_before_its_first_message) {
  channel<std::string> log;
  test_server server(
      {endpoint("/ws/").route("x/", handler("inner")
                                        .permissions(is_authenticated())
                                        .on_open([](const context& ctx) {
                                          ctx.push({"hello", nullptr, 201});
                                        })
                                        .on_close([&](const context& ctx) {
                                          log.put(ctx.user().username);
                                        })
                                        .action("go", [] { return ok(); }))});
  const auto go = R"({"action":"go","route":"x/"})";
  const auto went = success("null", "go", "x/");
  {
    websocket_client client(server.port(), "/ws/?token=alice-token");
    BOOST_TEST(client.ask(go)
               == R"({"type":"hello","data":null,"status":201})");
    BOOST_TEST(client.read_text() == went);
    BOOST_TEST(client.ask(go) == went);
    // Not permitted: no greeting, and no leave-taking.
    websocket_client nobody(server.port(), "/ws/");
    BOOST_TEST(nobody.ask(go) == failure(403, denied, "go", "x/"));
    nobody.say_goodbye();
    client.say_goodbye();
  }
  BOOST_TEST(log.take() == "alice");
  BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(hooks_of_shared_handlers_run_for_each_connection) {
  for (const auto& how_long : {lifetime::unit, lifetime::server}) {
    channel<std::string> left;
    test_server server({endpoint(
        "/ws/", handler<number>("root")
                    .lives_for(how_long)
                    .on_open([](const context& ctx) {
                      ctx.push({"hello",
                                json::value(json::string(ctx.user().username)),
                                200});
                    })
                    .on_close([&](const context& ctx) {
                      left.put(ctx.user().username);
                    }))});
    websocket_client alice(server.port(), "/ws/?token=alice-token");
    websocket_client bob(server.port(), "/ws/?token=bob-token");
    BOOST_TEST(alice.read_text()
               == R"({"type":"hello","data":"alice","status":200})");
    BOOST_TEST(bob.read_text()
               == R"({"type":"hello","data":"bob","status":200})");
    alice.say_goodbye();
    BOOST_TEST(left.take() == "alice");
    bob.say_goodbye();
    BOOST_TEST(left.take() == "bob");
  }
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_is_logged_and_does_no_harm) {
  one_client fixture({endpoint("/ws/", handler("root")
                                           .on_open([](const context&) {
                                             throw std::runtime_error(
                                                 "cannot greet");
                                           })
                                           .action("ping", [] {
                                             return ok({{"pong", true}});
                                           }))});
  BOOST_TEST(fixture.server.logs("cannot greet"));
  BOOST_TEST(fixture.ask(ping) == pong);
}

BOOST_AUTO_TEST_CASE(an_action_pushes_to_its_own_client_only) {
  test_server server(
      {endpoint("/ws/", handler("root")
                            .action("push",
                                    [](const context& ctx) {
                                      ctx.push({.data = {{"n", 1}}});
                                      ctx.push({"other", "two", 202});
                                      return ok();
                                    })
                            .action("later",
                                    [](const context& ctx) {
                                      ctx.run_after(1ms, [ctx] {
                                        ctx.push({"later", 3, 200});
                                      });
                                      return ok();
                                    })
                            .action("ping", [] {
                              return ok({{"pong", true}});
                            }))});
  websocket_client client(server.port(), "/ws/");
  websocket_client other(server.port(), "/ws/");
  client.send_text(R"({"action":"push"})");
  BOOST_TEST(client.read_text()
             == R"({"type":"general.broadcast","data":{"n":1},"status":200})");
  BOOST_TEST(client.read_text()
             == R"({"type":"other","data":"two","status":202})");
  BOOST_TEST(client.read_text() == success("null", "push"));
  BOOST_TEST(client.ask(R"({"action":"later"})") == success("null", "later"));
  BOOST_TEST(client.read_text() == R"({"type":"later","data":3,"status":200})");
  BOOST_TEST(other.ask(ping) == pong);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace actions_suite
