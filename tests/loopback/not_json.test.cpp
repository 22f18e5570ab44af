// protocol/README.md, "Numbers and text": what the application gives and JSON
// cannot express never goes out.

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/one_client.hpp"

namespace not_json_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

const std::string bad = "caf\xE9"; // As Latin-1 has it.
const std::string why =
    "text that is not UTF-8, or a number that is not finite";

json::value bad_text() {
  return json::string(bad);
}

/// Denies every client with a bad text.
struct shut {
  decision can_connect(const scope&) const { return deny(bad); }
};

/// Denies one action with a bad text.
struct strict {
  decision has_permission(const scope&, std::string_view action,
                          const request&) const {
    return action == "odd" ? deny(bad, 402) : allow();
  }
};

/// Actions that are answered with what JSON cannot express, each in its way.
handler_spec replying() {
  using numbers = std::numeric_limits<double>;
  return handler("replying")
      .permissions(strict{})
      .action("text", [] { return ok(bad_text()); })
      .action("key",
              [] {
                return ok(json::object{{bad, 1}});
              })
      .action("deep",
              [] {
                return ok({{"a", {1, {{"b", bad}}}}});
              })
      .action("long",
              [] { return ok(json::string(std::string(1000, 'x') + bad)); })
      .action("cut", [] { return ok(json::string("\xE2\x82")); })
      .action("surrogate", [] { return ok(json::string("\xED\xA0\xBD")); })
      .action("nan", [] { return ok(std::nan("")); })
      .action("infinity",
              [] {
                return ok({{"x", -numbers::infinity()}});
              })
      .action("detail",
              [] {
                return fail(409, {json::object{{"detail", bad}}});
              })
      .action("reject", [] { return reject(bad); })
      .action("field",
              [] {
                return reject(json::object{{bad, {"no"}}});
              })
      .action(
          "blocking", [] { return ok(bad_text()); }, blocking)
      .action(
          "concurrent", [] { return ok(bad_text()); }, concurrent)
      .action("later",
              [](const context& ctx) {
                auto later = ctx.defer();
                ctx.run_after(std::chrono::milliseconds{1},
                              [later] { later.answer(ok(bad_text())); });
                return later;
              })
      .action("ping", [] {
        return ok({{"pong", true}});
      });
}

const std::vector<std::string> bad_replies{
    "text",  "key",      "deep",       "long",     "cut",
    "nan",   "infinity", "detail",     "reject",   "field",
    "later", "blocking", "concurrent", "surrogate"};

/// Actions that send events, a good one behind each bad one.
handler_spec telling() {
  return handler("telling")
      .action("join", [](const context& ctx) { return ctx.join("all"); })
      .action("push",
              [](const context& ctx) {
                ctx.push({"bad", {{"text", bad}}});
                ctx.push({bad, nullptr});
                ctx.push({"bad", std::nan("")});
                ctx.push({"odd", nullptr, 1});
                ctx.push({"good", nullptr});
              })
      .action("broadcast",
              [](const context& ctx) {
                ctx.broadcast("all", {"bad", json::object{{bad, 1}}});
                ctx.broadcast("all", {bad, 1});
                ctx.broadcast("all", {"odd", nullptr, 1});
                ctx.broadcast("all", {"good", nullptr});
              })
      .action("user",
              [](const context& ctx) {
                ctx.push_to_user(ctx.user().id, {"bad", bad_text()});
                ctx.push_to_user(ctx.user().id, {"good", nullptr});
              })
      .action(
          "mode", [] { return ok(bad_text()); }, broadcasts("all", "bad"))
      .action(
          "type", [] { return ok(); }, broadcasts("all", bad))
      .action(
          "silent", [] { return ok(bad_text()); }, broadcasts("all", "bad"),
          no_reply)
      .action(
          "failing", [] { return reject(bad); }, no_reply)
      .action(
          "good", [] { return ok(); }, broadcasts("all", "good"));
}

std::vector<endpoint_spec> endpoints() {
  return {endpoint("/ws/")
              .route("replies/$", replying())
              .route("events/$", telling()),
          endpoint("/closed/", handler("closed").permissions(shut{}))};
}

const std::string good_event = R"({"type":"good","data":null,"status":200})";

struct fixture : one_client {
  fixture() : one_client(endpoints(), {}, "/ws/?token=alice-token") {}

  void send(const std::string& action) {
    client.send_text(R"({"route":"events/","action":")" + action + R"("})");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(not_json, fixture)

BOOST_AUTO_TEST_CASE(a_reply_becomes_a_500_and_the_log_names_its_action) {
  for (const auto& action : bad_replies) {
    BOOST_TEST(ask(R"({"route":"replies/","request_id":1,"action":")" + action
                   + R"("})")
               == failure(500, server_error, action, "replies/", "1"));
    BOOST_TEST_CONTEXT(action)
    BOOST_TEST(eventually([&] {
      const auto log = server.log();
      const auto line = "E handler \"replying\", action \"" + action + "\": ";
      return log.find(line + "the reply has " + why + '\n') != std::string::npos
             || log.find(line + "answered with " + why + '\n')
                    != std::string::npos;
    }));
  }
  BOOST_TEST(ask(R"({"route":"replies/","action":"ping"})")
             == success(R"({"pong":true})", "ping", "replies/"));
}

BOOST_AUTO_TEST_CASE(a_denial_becomes_a_500_and_the_log_names_the_permission) {
  BOOST_TEST(ask(R"({"route":"replies/","action":"odd"})")
             == failure(500, server_error, "odd", "replies/"));
  BOOST_TEST(server.logs(": denies with a text that is not UTF-8\n"));
}

BOOST_AUTO_TEST_CASE(a_refusal_becomes_a_500_and_the_log_names_the_permission) {
  raw_client refused(server.port());
  const auto answer = refused.ask_http(opening_text("/closed/"));
  BOOST_TEST(answer.starts_with("HTTP/1.1 500 "));
  BOOST_TEST(answer.ends_with(
      R"({"detail":"A server error occurred","code":"server_error"})"));
  BOOST_TEST(server.logs(": denies with a text that is not UTF-8\n"));
}

BOOST_AUTO_TEST_CASE(a_push_is_not_sent_and_the_next_one_is) {
  send("push");
  std::vector<std::string> heard{client.read_text(), client.read_text()};
  BOOST_TEST((heard[0] == good_event || heard[1] == good_event));
  BOOST_TEST((heard[0] == success("null", "push", "events/")
              || heard[1] == success("null", "push", "events/")));
  BOOST_TEST(server.logs("the event \"bad\" is not sent: it has " + why));
  BOOST_TEST(server.logs("the event \"caf\uFFFD\" is not sent: it has " + why));
  BOOST_TEST(
      server.logs("the event \"odd\" is not sent: it has the status 1\n"));
  BOOST_TEST(ask(R"({"action":"no"})").find("405") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_event_of_a_group_is_not_sent_and_the_next_one_is) {
  websocket_client other(server.port(), "/ws/");
  const std::string join = R"({"route":"events/","action":"join"})";
  BOOST_TEST(other.ask(join) == success("null", "join", "events/"));
  send("broadcast");
  BOOST_TEST(client.read_text() == success("null", "broadcast", "events/"));
  BOOST_TEST(other.read_text() == good_event);
  BOOST_TEST(server.logs("group \"all\": the event \"bad\" is not sent: it has "
                         + why));
  BOOST_TEST(server.logs("group \"all\": the event \"odd\" is not sent: it has "
                         "the status 1\n"));
  server->broadcast("all", event{"bad", std::nan("")});
  server->broadcast("all", event{"good", nullptr});
  BOOST_TEST(other.read_text() == good_event);
  // The reply of a broadcast is its event.
  BOOST_TEST(client.ask(R"({"route":"events/","action":"mode"})")
             == failure(500, server_error, "mode", "events/"));
  BOOST_TEST(client.ask(R"({"route":"events/","action":"type"})")
             == success("null", "type", "events/"));
  // A success that nobody gets is no failure.
  BOOST_TEST(client.ask(R"({"route":"events/","action":"failing"})")
             == failure(500, server_error, "failing", "events/"));
  send("silent");
  send("good");
  BOOST_TEST(client.read_text() == success("null", "good", "events/"));
  BOOST_TEST(other.read_text() == good_event);
}

BOOST_AUTO_TEST_CASE(an_event_of_a_user_is_not_sent_and_the_next_one_is) {
  send("user");
  std::vector<std::string> heard{client.read_text(), client.read_text()};
  BOOST_TEST((heard[0] == good_event || heard[1] == good_event));
  BOOST_TEST(server.logs("the event \"bad\" is not sent: it has " + why));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace not_json_suite
