// Actions that ask actors and actions that are coroutines, over real sockets:
// what their clients get, and what is left of them when somebody leaves.

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/envelopes.hpp"
#include "support/test_server.hpp"

namespace coroutines_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Whom actions ask, on CAF's own threads.
struct oracle_state {
  static inline const char* name = "test.oracle";
  explicit oracle_state(caf::event_based_actor*) {}
  std::vector<caf::response_promise> owed;
};

caf::behavior oracle(caf::stateful_actor<oracle_state>* self,
                     channel<int>* asked) {
  return {
      [](std::int32_t x) { return 2 * x; },
      [](const std::string&) -> caf::result<std::int32_t> {
        return caf::sec::runtime_error;
      },
      // Never answers.
      [self, asked](caf::put_atom) {
        caf_api::state_of(self).owed.push_back(self->make_response_promise());
        asked->put(1);
        return caf_api::state_of(self).owed.back();
      },
  };
}

/// How a coroutine has ended, and on which thread.
struct ending {
  std::string how;
  std::thread::id thread;
};

/// Tells of its end.
class witness {
public:
  explicit witness(channel<ending>& endings) : endings_(&endings) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { endings_->put({how, std::this_thread::get_id()}); }

  std::string how = "destroyed";

private:
  channel<ending>* endings_;
};

struct numbers {
  std::vector<std::int64_t> seen;
};

/// What actions ask, and what they leave behind.
struct questions {
  caf::actor whom;
  channel<int> asked;
  channel<ending> endings;
  channel<std::thread::id> begun_on;
  gate jobs;

  using builder = handler_builder<numbers>;

  void add_questions(builder& spec) {
    spec.action("double",
                [this](const context& ctx, arg<"x", std::int32_t> x) {
                  return ctx.ask(whom, 5s, *x,
                                 [](std::int32_t y) { return ok(y); });
                })
        .action("wrong",
                [this](const context& ctx) {
                  return ctx.ask(whom, 5s, 1,
                                 [](const std::string&) { return ok(); });
                })
        .action("fail",
                [this](const context& ctx) -> task<> {
                  co_return ok(
                      co_await ctx.ask<std::int32_t>(whom, 5s, "what"));
                })
        .action("late",
                [this](const context& ctx) {
                  return ctx.ask(whom, 20ms, caf::put_atom_v,
                                 [](std::int32_t y) { return ok(y); });
                })
        .action("throw",
                [this](const context& ctx) {
                  return ctx.ask(whom, 5s, 1, [](std::int32_t) -> reply {
                    throw std::runtime_error("the cause");
                  });
                })
        .action("wait", [this](const context& ctx) -> task<> {
          begun_on.put(std::this_thread::get_id());
          witness w{endings};
          auto x = co_await ctx.ask<std::int32_t>(whom, 1min, caf::put_atom_v);
          w.how = "resumed";
          co_return ok(x);
        });
  }

  void add_jobs(builder& spec) {
    spec.action(
            "job",
            [](const context& ctx) -> task<> {
              const auto here = std::this_thread::get_id();
              auto there = co_await ctx.blocking(
                  [] { return std::this_thread::get_id(); });
              co_return ok({here == std::this_thread::get_id(), here == there});
            })
        .action("job_for_nobody", [this](const context& ctx) -> task<> {
          begun_on.put(std::this_thread::get_id());
          witness w{endings};
          co_await ctx.blocking([this] { jobs.pass(); });
          w.how = "resumed";
          co_return ok();
        });
  }

  void add_orders(builder& spec) {
    spec.action("in_order",
                [this](const context& ctx, numbers& state,
                       arg<"x", std::int32_t> x) -> task<> {
                  // The first ones would be the last ones.
                  co_await ctx.sleep(std::chrono::milliseconds{30 / *x});
                  auto y = co_await ctx.ask<std::int32_t>(whom, 5s, *x);
                  state.seen.push_back(y);
                  co_return ok(json::value_from(state.seen));
                })
        .action(
            "beside",
            [this](const context& ctx,
                   arg<"x", std::int32_t> x) -> task<std::int32_t> {
              co_await ctx.sleep(std::chrono::milliseconds{*x % 7});
              auto y = co_await ctx.ask<std::int32_t>(whom, 5s, *x);
              co_return co_await ctx.blocking([y] { return y + 1; });
            },
            concurrent)
        .action(
            "tell",
            [this](const context& ctx) -> task<> {
              co_await ctx.join("g");
              co_return ok(co_await ctx.ask<std::int32_t>(whom, 5s, 4));
            },
            broadcasts("g", "told"))
        .action(
            "quiet",
            [](const context& ctx, arg<"fails", bool> fails) -> task<> {
              co_await ctx.sleep(1ms);
              co_return *fails ? not_found() : ok();
            },
            no_reply)
        .action("ping", [] { return ok("pong"); });
  }

  handler_spec spec(lifetime how_long) {
    auto result = handler<numbers>("root");
    result.lives_for(how_long);
    add_questions(result);
    add_jobs(result);
    add_orders(result);
    return result;
  }

  /// The same actions, with a state for each lifetime.
  std::vector<endpoint_spec> endpoints() {
    return {endpoint("/ws/", spec(lifetime::connection))
                .route("unit/$", spec(lifetime::unit))
                .route("server/$", spec(lifetime::server))};
  }

  test_server::spawning_edit spawn() {
    return {[this](server_options&, caf::actor_system& sys) {
      whom = caf::actor_cast<caf::actor>(sys.spawn(oracle, &asked));
    }};
  }
};

struct fixture : questions {
  std::unique_ptr<test_server> server =
      std::make_unique<test_server>(endpoints(), spawn());

  ~fixture() {
    jobs.open();
    caf::anon_send_exit(whom, caf::exit_reason::kill);
    whom = nullptr;
  }
};

std::string message(const std::string& action, const std::string& rest = {}) {
  return R"({"action":")" + action + '"' + rest + '}';
}

std::string with_x(const std::string& action, int x,
                   const std::string& rest = {}) {
  return message(action, R"(,"x":)" + std::to_string(x) + rest);
}

const std::vector<std::string> routes{"", "unit/", "server/"};

std::string to_route(const std::string& route) {
  return R"(,"route":")" + route + '"';
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(coroutines, fixture)

BOOST_AUTO_TEST_CASE(clients_get_what_actors_answer) {
  websocket_client client{server->port(), "/ws/"};
  for (const auto& route : routes)
    BOOST_TEST(client.ask(with_x("double", 21, to_route(route)))
               == success("42", "double", route));
  BOOST_TEST(client.ask(message("wrong"))
             == failure(500, server_error, "wrong"));
  BOOST_TEST(server->logs("action \"wrong\" of handler \"root\" threw"));
  BOOST_TEST(client.ask(message("fail")) == failure(500, server_error, "fail"));
  BOOST_TEST(server->logs("action \"fail\" of handler \"root\" threw"));
  BOOST_TEST(client.ask(message("throw"))
             == failure(500, server_error, "throw"));
  BOOST_TEST(
      server->logs("action \"throw\" of handler \"root\" threw: the cause"));
  BOOST_TEST(client.ask(message("late")) == failure(504, timed_out, "late"));
  client.send_text(message("wait"));
  asked.take(); // Of the late one.
  asked.take();
  caf::anon_send_exit(whom, caf::exit_reason::kill);
  BOOST_TEST(client.read_text() == failure(503, unavailable, "wait"));
  BOOST_TEST(client.ask(with_x("double", 1))
             == failure(503, unavailable, "double"));
  BOOST_TEST(client.ask(message("ping")) == success(R"("pong")", "ping"));
}

BOOST_AUTO_TEST_CASE(a_job_has_a_thread_and_the_coroutine_keeps_its_own) {
  websocket_client client{server->port(), "/ws/"};
  for (const auto& route : routes)
    BOOST_TEST(client.ask(message("job", to_route(route)))
               == success("[true,false]", "job", route));
}

// A client that closes as it should is answered first.
BOOST_AUTO_TEST_CASE(a_client_that_is_gone_ends_its_coroutine_on_its_unit) {
  for (const auto& route : routes) {
    websocket_client other{server->port(), "/ws/"};
    {
      websocket_client client{server->port(), "/ws/"};
      client.send_text(message("wait", to_route(route)));
      asked.take();
      client.reset();
    }
    const auto end = endings.take();
    BOOST_TEST(end.how == "destroyed");
    BOOST_TEST((end.thread == begun_on.take()));
    BOOST_TEST(other.ask(with_x("double", 2, to_route(route)))
               == success("4", "double", route));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_is_gone_leaves_its_job_to_end_alone) {
  {
    websocket_client client{server->port(), "/ws/"};
    client.send_text(message("job_for_nobody"));
    jobs.wait_for();
    client.reset();
  }
  const auto end = endings.take();
  BOOST_TEST(end.how == "destroyed");
  BOOST_TEST((end.thread == begun_on.take()));
  jobs.open();
  websocket_client client{server->port(), "/ws/"};
  BOOST_TEST(client.ask(message("ping")) == success(R"("pong")", "ping"));
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_ends_its_coroutines_on_their_units) {
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (const auto& route : routes) {
    clients.push_back(
        std::make_unique<websocket_client>(server->port(), "/ws/"));
    clients.back()->send_text(message("wait", to_route(route)));
    asked.take();
  }
  (*server)->stop();
  std::vector<std::thread::id> begun;
  std::vector<std::thread::id> ended;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto end = endings.take();
    BOOST_TEST(end.how == "destroyed");
    ended.push_back(end.thread);
    begun.push_back(begun_on.take());
  }
  BOOST_TEST((std::is_permutation(begun.begin(), begun.end(), ended.begin())));
}

BOOST_AUTO_TEST_CASE(replies_come_in_the_order_of_the_messages) {
  websocket_client client{server->port(), "/ws/"};
  for (int x = 1; x <= 3; ++x)
    client.send_text(with_x("in_order", x));
  client.send_text(message("ping"));
  BOOST_TEST(client.read_text() == success("[2]", "in_order"));
  BOOST_TEST(client.read_text() == success("[2,4]", "in_order"));
  BOOST_TEST(client.read_text() == success("[2,4,6]", "in_order"));
  BOOST_TEST(client.read_text() == success(R"("pong")", "ping"));
}

BOOST_AUTO_TEST_CASE(many_run_beside_each_other) {
  constexpr int client_count = 8;
  constexpr int message_count = 60;
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < client_count; ++i) {
    clients.push_back(
        std::make_unique<websocket_client>(server->port(), "/ws/"));
    for (int x = 0; x < message_count; ++x)
      clients.back()->send_text(with_x("beside", x,
                                       to_route(routes[i % routes.size()])
                                           + R"(,"request_id":)"
                                           + std::to_string(x)));
  }
  for (int i = 0; i < client_count; ++i) {
    std::vector<std::string> found;
    std::vector<std::string> expected;
    for (int x = 0; x < message_count; ++x) {
      found.push_back(clients[i]->read_text());
      expected.push_back(success(std::to_string(2 * x + 1), "beside",
                                 routes[i % routes.size()], std::to_string(x)));
    }
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    BOOST_TEST(found == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_options_of_actions_work_with_coroutines) {
  websocket_client client{server->port(), "/ws/"};
  BOOST_TEST(client.ask(message("tell")) == success("8", "tell"));
  BOOST_TEST(client.read_text() == R"({"type":"told","data":8,"status":200})");
  client.send_text(message("quiet", R"(,"fails":false)"));
  client.send_text(message("quiet", R"(,"fails":true)"));
  BOOST_TEST(client.read_text()
             == failure(404, R"([{"detail":"Not found."}])", "quiet"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace coroutines_suite
