// actors/operators/README.md, "How long messages take": over real sockets. No
// test here judges how long something took.

#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/metrics_reading.hpp"
#include "support/test_server.hpp"

namespace latency_of_messages_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// A lobby whose actions go all ways through a handler.
handler_spec lobby() {
  return handler("lobby")
      .permissions(allow_any())
      .permissions_for("closed", deny_all())
      .action("greet", [] { return ok(); })
      .action("meet", [](const context&) { return ok(); })
      .action(
          "look", [] { return ok(); }, blocking)
      .action("wait",
              [](const context& ctx) {
                auto answer = ctx.defer();
                ctx.run_after(120ms, [answer] { answer.answer(ok()); });
                return answer;
              })
      .action("nap",
              [](const context& ctx) -> task<reply> {
                co_await ctx.sleep(20ms);
                co_return ok();
              })
      .action("closed", [] { return ok(); });
}

struct room_state {};

handler_spec rooms() {
  return handler<room_state>("room")
      .lives_for(lifetime::key("room"))
      .action("enter", [](room_state&) { return ok(); })
      .action("leave", [](room_state&, const context& ctx) {
        ctx.state().end();
        return ok();
      });
}

test_server::edit one_in(std::uint32_t count) {
  return [count](server_options& options) {
    options.metrics.emplace().sample = count;
    options.limits.slow_action = 100ms;
  };
}

std::string message(const std::string& action, const std::string& route = "") {
  return R"({"action":")" + action + R"(","route":")" + route + "\"}";
}

/// What a sample of times is called.
std::string times(const std::string& name, const std::string& action,
                  const std::string& more = "") {
  return "stagedoor_" + name + "{endpoint=\"/ws/\",route=\"\",action=\""
         + action + '"' + more + '}';
}

struct lobby_fixture {
  test_server server{
      {endpoint("/ws/", lobby()).route(R"(rooms/(?P<room>\w+)/$)", rooms())},
      one_in(1)};
  websocket_client client{server.port(), "/ws/"};

  [[nodiscard]] metrics_reading read() {
    return metrics_reading{server->metrics_port()};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(latency_of_messages, lobby_fixture)

BOOST_AUTO_TEST_CASE(each_action_has_its_histograms_from_the_start) {
  const auto now = read();
  for (const auto* action : {"greet", "meet", "look", "wait", "nap", "closed"})
    for (const auto* name : {"action_seconds", "action_permission_seconds"}) {
      const std::string family{name};
      BOOST_TEST(now(times(family + "_count", action)) == 0);
      BOOST_TEST(now(times(family + "_sum", action)) == 0);
      BOOST_TEST(now(times(family + "_bucket", action, ",le=\"+Inf\"")) == 0);
      BOOST_TEST(now(times(family + "_bucket", action, ",le=\"1e-05\"")) == 0);
    }
}

BOOST_AUTO_TEST_CASE(each_way_of_an_action_is_measured) {
  for (const auto* action : {"greet", "meet", "look", "wait", "nap"})
    for (int i = 0; i < 3; ++i)
      client.ask(message(action));
  const auto now = read();
  for (const auto* action : {"greet", "meet", "look", "wait", "nap"}) {
    BOOST_TEST(now(times("action_seconds_count", action)) == 3, action);
    BOOST_TEST(now(times("action_permission_seconds_count", action)) == 3);
    // The clock of the turn would say 0.
    BOOST_TEST(now(times("action_seconds_sum", action)) > 0, action);
    BOOST_TEST(now(times("action_permission_seconds_sum", action)) > 0);
  }
  // Timers are never early.
  BOOST_TEST(now(times("action_seconds_sum", "wait")) >= 3 * 0.12);
  BOOST_TEST(now(times("action_seconds_bucket", "wait", ",le=\"0.1\"")) == 0);
  BOOST_TEST(now(times("action_seconds_sum", "nap")) >= 3 * 0.02);
}

BOOST_AUTO_TEST_CASE(what_is_denied_has_no_time_of_an_action) {
  client.ask(message("closed"));
  const auto now = read();
  BOOST_TEST(now(times("action_permission_seconds_count", "closed")) == 1);
  BOOST_TEST(now(times("action_seconds_count", "closed")) == 0);
}

BOOST_AUTO_TEST_CASE(no_client_makes_a_row_of_times) {
  const auto before = read().count("stagedoor_action");
  for (const auto* action : {"evil", "evil2", "evil3"}) {
    client.ask(message(action));
    client.ask(message(action, "rooms/evil/"));
    client.ask(message(action, "nowhere/evil"));
  }
  const auto now = read();
  BOOST_TEST(now.text().find("evil") == std::string::npos);
  BOOST_TEST(now(times("action_permission_seconds_count", "other")) == 6);
  // Those of other, at two routes.
  const auto row = now.count(times("action_seconds", "greet").substr(0, 24));
  BOOST_TEST(row > 0u);
  for (int i = 0; i < 5; ++i)
    client.ask(message("more" + std::to_string(i)));
  BOOST_TEST(read().count("stagedoor_action") == now.count("stagedoor_action"));
  BOOST_TEST(before < now.count("stagedoor_action"));
}

BOOST_AUTO_TEST_CASE(without_samples_there_are_none_and_the_log_knows_still) {
  test_server other{{endpoint("/ws/", lobby())}, one_in(0)};
  websocket_client visitor{other.port(), "/ws/"};
  for (int i = 0; i < 50; ++i)
    visitor.ask(message("greet"));
  visitor.ask(message("wait"));
  const metrics_reading now{other->metrics_port()};
  BOOST_TEST(now(times("action_seconds_count", "greet")) == 0);
  BOOST_TEST(now(times("action_permission_seconds_count", "wait")) == 0);
  BOOST_TEST(now("stagedoor_messages_total{endpoint=\"/ws/\",route=\"\","
                 "action=\"greet\",status=\"200\"}")
             == 50);
  BOOST_TEST(other.logs("action \"wait\" took "));
}

BOOST_AUTO_TEST_CASE(some_of_many_messages_are_samples) {
  test_server other{{endpoint("/ws/", lobby())}, one_in(16)};
  websocket_client visitor{other.port(), "/ws/"};
  constexpr int count = 800;
  for (int i = 0; i < count; ++i)
    visitor.ask(message(i % 2 == 0 ? "greet" : "meet"));
  const metrics_reading now{other->metrics_port()};
  // By 50 and 50, about; the numbers of the chance are always the same.
  for (const auto* action : {"greet", "meet"}) {
    const auto samples = now(times("action_seconds_count", action));
    BOOST_TEST(samples > 5, action << ' ' << samples);
    BOOST_TEST(samples < 60, action << ' ' << samples);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_action_is_logged_and_not_what_the_client_sent) {
  client.ask(R"({"action":"wait","route":"?secret=1","password":"hunter2",)"
             R"("request_id":"mine"})");
  BOOST_TEST(server.logs("handler \"lobby\" (endpoint \"/ws/\", route \"\"): "
                         "action \"wait\" took "));
  const auto log = server.log();
  const auto begin = log.find("action \"wait\" took ");
  const auto line = log.substr(begin, log.find('\n', begin) - begin);
  BOOST_TEST(line.find(", status 200, connection ") != std::string::npos);
  for (const auto* word : {"secret", "hunter2", "mine", "user"})
    BOOST_TEST(line.find(word) == std::string::npos, word);
}

BOOST_AUTO_TEST_CASE(the_states_of_keys_are_counted_by_route) {
  const std::string states = "stagedoor_keyed_states{endpoint=\"/ws/\","
                             "route=\"rooms/(?P<room>\\\\w+)/$\"}";
  BOOST_TEST(read()(states) == 0);
  for (const auto* room : {"a", "b", "a", "c"})
    client.ask(message("enter", std::string{"rooms/"} + room + '/'));
  BOOST_TEST(read()(states) == 3);
  client.ask(message("leave", "rooms/b/"));
  BOOST_TEST(eventually([&] { return read()(states) == 2; }));
  // Only routes that have such states.
  BOOST_TEST(read().count("stagedoor_keyed_states") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace latency_of_messages_suite
