// protocol/README.md, "The reply": what a client is answered, and in which
// order.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/one_client.hpp"

namespace replies_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto pong = success(R"({"pong":true})", "ping");
const opening_text as_alice("/ws/?token=alice-token");

std::string not_allowed(const std::string& action) {
  return R"(["Action \")" + action + R"(\" not allowed in message body."])";
}

/// A permission for messages that does what `F` does.
template <class F>
struct rule {
  F answer;
  decision has_permission(const scope&, std::string_view action,
                          const request&) const {
    return answer(action);
  }
};

template <class F>
rule(F) -> rule<F>;

/// An action that says where it is.
handler_builder<stateless> place(const std::string& name) {
  return handler(name).action("where", [name](const request& message) {
    auto text = name;
    for (const auto& [key, value] : message.data().captures)
      text += ' ' + key + '=' + value;
    return ok(json::value(json::string(text)));
  });
}

std::string where(one_client& fixture, const std::string& route) {
  return fixture.ask(R"({"action":"where","route":")" + route + "\"}");
}

std::string is_at(const std::string& where, const std::string& route) {
  return success('"' + where + '"', "where", route);
}

} // namespace

BOOST_AUTO_TEST_SUITE(replies)

// -- what an action says ------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_action_names_its_own_status) {
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .action("created",
                                    [] {
                                      return ok({{"id", 1}}, 201);
                                    })
                            .action("empty", [] { return ok(nullptr, 204); })
                            .action("nothing", [] {})
                            .action("json",
                                    [] {
                                      return json::value({1, "two", nullptr});
                                    })
                            .action("teapot", [] {
                              return fail(418, {"short", "stout"});
                            }))});
  BOOST_TEST(fixture.ask(R"({"action":"created"})")
             == envelope("[]", R"({"id":1})", 201, {R"("created")", "", ""}));
  BOOST_TEST(fixture.ask(R"({"action":"empty"})")
             == envelope("[]", "null", 204, {R"("empty")", "", ""}));
  BOOST_TEST(fixture.ask(R"({"action":"nothing"})")
             == success("null", "nothing"));
  BOOST_TEST(fixture.ask(R"({"action":"json"})")
             == success(R"([1,"two",null])", "json"));
  BOOST_TEST(fixture.ask(R"({"action":"teapot"})")
             == failure(418, R"(["short","stout"])", "teapot"));
}

BOOST_AUTO_TEST_CASE(an_action_rejects_its_input_with_400) {
  one_client fixture({endpoint(
      "/ws/", handler("root")
                  .action("text", [] { return reject("Too late."); })
                  .action("field",
                          [] {
                            return reject({{"ms", {"Too long.", "Too odd."}}});
                          })
                  .action("missing", [] { return not_found(); }))});
  BOOST_TEST(fixture.ask(R"({"action":"text"})")
             == failure(400, R"(["Too late."])", "text"));
  BOOST_TEST(fixture.ask(R"({"action":"field"})")
             == failure(400, R"([{"ms":["Too long.","Too odd."]}])", "field"));
  BOOST_TEST(fixture.ask(R"({"action":"missing"})")
             == failure(404, not_found_text, "missing"));
}

BOOST_AUTO_TEST_CASE(the_example_rejects_a_wait_that_is_too_long) {
  one_client fixture;
  for (const std::string action : {"sleep", "nap"})
    for (const std::string ms : {"10001", "-1"})
      BOOST_TEST(
          fixture.ask(R"({"route":"slow/","action":")" + action + R"(","ms":)"
                      + ms + "}")
          == failure(
              400, R"([{"ms":["Ensure this value is between 0 and 10000."]}])",
              action, "slow/"));
}

BOOST_AUTO_TEST_CASE(an_action_that_throws_is_500_and_the_log_says_why) {
  one_client fixture({endpoint(
      "/ws/",
      handler("root")
          .action("throw",
                  []() -> reply { throw std::runtime_error("out of paper"); })
          .action("odd", []() -> reply { throw 1; })
          .action(
              "blocking",
              []() -> reply { throw std::runtime_error("out of ink"); },
              blocking)
          .action("ping", [] {
            return ok({{"pong", true}});
          }))});
  for (const std::string action : {"throw", "odd", "blocking"})
    BOOST_TEST(fixture.ask(R"({"action":")" + action + R"(","route":"?a=b"})")
               == failure(500, server_error, action, "?a=b"));
  BOOST_TEST(fixture.server.logs("out of paper"));
  BOOST_TEST(fixture.server.logs("out of ink"));
  // The query may have what is secret.
  BOOST_TEST(fixture.server.logs("(route \"\", connection"));
  BOOST_TEST(!fixture.server.logs("a=b"));
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_CASE(a_status_that_is_none_is_500_and_the_log_names_it) {
  one_client fixture({endpoint("/ws/").route(
      "bad/$", handler("bad")
                   .action("fail", [] { return fail(200, {"no"}); })
                   .action("empty", [] { return fail(200, {}); })
                   .action("ok", [] { return ok("no", 404); })
                   .action("moved", [] { return ok("no", 302); })
                   .action("mixed",
                           [] {
                             return reply{200, nullptr, {"no"}};
                           })
                   .action(
                       "blocking", [] { return fail(0, {}); }, blocking)
                   .action("later",
                           [](const context& ctx) {
                             auto later = ctx.defer();
                             later.answer(fail(99, {"no"}));
                             return later;
                           })
                   .action(
                       "silent", [] { return ok("no", 600); }, no_reply))});
  const std::pair<std::string, std::string> rows[]{
      {"fail", "fail() with the status 200"},
      {"empty", "fail() with the status 200"},
      {"ok", "ok() with the status 404"},
      {"moved", "ok() with the status 302"},
      {"mixed", "a reply with errors and the status 200"},
      {"blocking", "fail() with the status 0"},
      {"later", "fail() with the status 99"},
      {"silent", "ok() with the status 600"}};
  for (const auto& [action, flaw] : rows) {
    BOOST_TEST(fixture.ask(R"({"route":"bad/","action":")" + action + R"("})")
               == failure(500, server_error, action, "bad/"));
    BOOST_TEST(fixture.server.logs("E handler \"bad\", action \"" + action
                                   + "\": answered with " + flaw + '\n'));
  }
}

BOOST_AUTO_TEST_CASE(a_denial_with_a_status_that_is_none_is_500_and_logged) {
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(rule{[](std::string_view action) {
                              return action == "odd" ? deny("no", 200)
                                                     : allow();
                            }})
                            .action("odd", [] {}))});
  BOOST_TEST(fixture.ask(R"({"action":"odd"})")
             == failure(500, server_error, "odd"));
  BOOST_TEST(fixture.server.logs("denies with the status 200\n"));
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_405_and_named) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"nope"})")
             == failure(405, not_allowed("nope"), "nope"));
  BOOST_TEST(fixture.ask(R"({"action":""})")
             == failure(405, not_allowed(""), ""));
  BOOST_TEST(fixture.ask(R"({"action":"Ping"})")
             == failure(405, not_allowed("Ping"), "Ping"));
  // The name comes back as JSON, inside a JSON string.
  BOOST_TEST(fixture.ask(R"({"action":"a\"b\\"})")
             == failure(405,
                        R"(["Action \"a\"b\\\" not allowed in message body."])",
                        R"(a\"b\\)"));
  BOOST_TEST(fixture.ask(R"({"action":"increment","route":"slow/"})")
             == failure(405, not_allowed("increment"), "increment", "slow/"));
}

// -- routes -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_route_that_no_pattern_matches_is_404) {
  one_client fixture;
  for (const std::string route :
       {"nowhere", "/", "counter", "counter/xyz", "xcounter/", " counter/",
        "child/x", "child/grandchild", "child/grandchild/x", "open/7",
        "open/7/x", "open//", "open/a b/", "Counter/", "slow/?/../x/y/?z"})
    BOOST_TEST_CONTEXT(route) {
      const auto answer =
          fixture.ask(R"({"action":"deep","route":")" + route + "\"}");
      if (route.starts_with("slow/?"))
        BOOST_TEST(answer == failure(405, not_allowed("deep"), "deep", route));
      else
        BOOST_TEST(answer == failure(404, no_route, "deep", route));
    }
}

BOOST_AUTO_TEST_CASE(routes_are_nested) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"deep","route":"child/"})")
             == success(R"({"level":2})", "deep", "child/"));
  BOOST_TEST(fixture.ask(R"({"action":"deep","route":"child/grandchild/"})")
             == success(R"({"level":3})", "deep", "child/grandchild/"));
  BOOST_TEST(fixture.ask(R"({"action":"deep"})")
             == failure(405, not_allowed("deep"), "deep"));
}

BOOST_AUTO_TEST_CASE(the_first_pattern_in_the_list_wins) {
  one_client fixture({endpoint("/ws/", place("root"))
                          .route("a/", place("first"))
                          .route("a/b/", place("second"))
                          .route("(?P<x>.)/$", place("third"))
                          .route("c", place("fourth"))
                          .route("d/?", place("fifth"))});
  BOOST_TEST(where(fixture, "") == is_at("root", ""));
  BOOST_TEST(where(fixture, "a/") == is_at("first", "a/"));
  // There is no way back to the second one.
  BOOST_TEST(where(fixture, "a/b/") == failure(404, no_route, "where", "a/b/"));
  BOOST_TEST(where(fixture, "c/") == is_at("third x=c", "c/"));
  BOOST_TEST(where(fixture, "c") == is_at("fourth", "c"));
  BOOST_TEST(where(fixture, "cc") == failure(404, no_route, "where", "cc"));
  BOOST_TEST(where(fixture, "d") == is_at("fifth", "d"));
  BOOST_TEST(where(fixture, "d/") == is_at("third x=d", "d/"));
}

BOOST_AUTO_TEST_CASE(inner_handlers_see_outer_captures_and_win) {
  one_client fixture({endpoint("/ws/(?P<room>.)/", place("root"))
                          .route("(?P<a>[0-9]+)/",
                                 place("outer")
                                     .route("(?P<b>[0-9]+)/", place("inner"))
                                     .route("x(?P<a>[0-9]+)/", place("same")))},
                     {}, "/ws/r/");
  BOOST_TEST(where(fixture, "1/") == is_at("outer a=1", "1/"));
  BOOST_TEST(where(fixture, "1/2/") == is_at("inner a=1 b=2", "1/2/"));
  BOOST_TEST(where(fixture, "1/x2/") == is_at("same a=2", "1/x2/"));
}

BOOST_AUTO_TEST_CASE(routes_nest_without_a_limit) {
  auto innermost = place("innermost");
  handler_spec spec = innermost;
  std::string route;
  for (int i = 0; i < 100; ++i) {
    spec = place("level").route("x/", spec);
    route += "x/";
  }
  one_client fixture({endpoint("/ws/", spec)});
  BOOST_TEST(where(fixture, route) == is_at("innermost", route));
  BOOST_TEST(where(fixture, route.substr(2))
             == is_at("level", route.substr(2)));
  BOOST_TEST(where(fixture, route + "x/")
             == failure(404, no_route, "where", route + "x/"));
}

BOOST_AUTO_TEST_CASE(an_endpoint_can_leave_an_unmatched_rest_to_the_parent) {
  one_client fixture(
      {endpoint("/ws/", place("root"))
           .route("a/", place("outer").route("b/", place("inner")))
           .unmatched(unmatched_route::parent)});
  BOOST_TEST(where(fixture, "nowhere") == is_at("root", "nowhere"));
  BOOST_TEST(where(fixture, "a/nowhere") == is_at("outer", "a/nowhere"));
  BOOST_TEST(where(fixture, "a/b/c/d?e") == is_at("inner", "a/b/c/d?e"));
}

// -- permissions --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_route_can_be_for_users_only) {
  const auto text = R"({"action":"your_custom_action",)"
                    R"("route":"test_child_route/a-1/"})";
  const auto route = "test_child_route/a-1/";
  test_server server;
  BOOST_TEST(websocket_client(server.port(), "/ws/").ask(text)
             == failure(403, denied, "your_custom_action", route));
  BOOST_TEST(websocket_client(server.port(), as_alice).ask(text)
             == success(R"({"message":"your_custom_action will be handled",)"
                        R"("model_id":"a-1"})",
                        "your_custom_action", route));
}

BOOST_AUTO_TEST_CASE(a_permission_names_its_own_status_and_message) {
  decision answer;
  one_client fixture({endpoint(
      "/ws/", handler("root")
                  .permissions(rule{[&](std::string_view) { return answer; }})
                  .action("ping", [] {
                    return ok({{"pong", true}});
                  }))});
  const auto ping = [&](decision next) {
    answer = std::move(next);
    return fixture.client.ask(R"({"action":"ping"})");
  };
  BOOST_TEST(ping(allow()) == pong);
  BOOST_TEST(ping(deny()) == failure(403, denied, "ping"));
  BOOST_TEST(ping(deny("Not on \"Monday\"s."))
             == failure(403, R"(["Not on \"Monday\"s."])", "ping"));
  BOOST_TEST(ping(deny("", 401)) == failure(401, not_authenticated, "ping"));
  // Hides an object as if there were none.
  BOOST_TEST(ping(deny("", 404)) == failure(404, not_found_text, "ping"));
  BOOST_TEST(
      ping(deny("", 429))
      == failure(429, R"([{"detail":"Request was throttled."}])", "ping"));
  BOOST_TEST(ping(deny("Pay first.", 402, "pay"))
             == failure(402, R"(["Pay first."])", "ping"));
  BOOST_TEST(ping(decision_error("no idea"))
             == failure(500, server_error, "ping"));
  BOOST_TEST(fixture.server.logs("no idea"));
  BOOST_TEST(ping(allow()) == pong);
}

BOOST_AUTO_TEST_CASE(a_permission_that_throws_is_500_and_the_log_says_why) {
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(rule{[](std::string_view) -> decision {
                              throw std::runtime_error("lost the keys");
                            }})
                            .action("ping", [] { return ok(); }))});
  BOOST_TEST(fixture.ask(R"({"action":"ping"})")
             == failure(500, server_error, "ping"));
  BOOST_TEST(fixture.server.logs("lost the keys"));
}

BOOST_AUTO_TEST_CASE(the_built_in_permissions_deny_users_with_403_as_well) {
  test_server server({endpoint(
      "/ws/",
      handler("root")
          .action(
              "no", [] { return ok(); }, guarded_by(deny_all()))
          .action(
              "yes", [] { return ok(); }, guarded_by(allow_any()))
          .action(
              "user", [] { return ok(); }, guarded_by(is_authenticated())))});
  websocket_client alice(server.port(), as_alice);
  websocket_client nobody(server.port(), "/ws/");
  BOOST_TEST(alice.ask(R"({"action":"no"})") == failure(403, denied, "no"));
  BOOST_TEST(nobody.ask(R"({"action":"no"})") == failure(403, denied, "no"));
  BOOST_TEST(nobody.ask(R"({"action":"yes"})") == success("null", "yes"));
  BOOST_TEST(alice.ask(R"({"action":"user"})") == success("null", "user"));
  BOOST_TEST(nobody.ask(R"({"action":"user"})")
             == failure(403, denied, "user"));
}

BOOST_AUTO_TEST_CASE(a_permission_past_its_deadline_is_504) {
  gate until;
  struct slow {
    gate* until;
    static bool is_blocking() { return true; }
    bool has_permission(const scope&, std::string_view, const request&) const {
      until->pass();
      return true;
    }
  };
  channel<int> ran;
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(slow{&until})
                            .action("go", [&] { ran.put(1); }))},
      limited([](limits& bounds) { bounds.permission_timeout = 100ms; }));
  opens_at_end opener(until);
  BOOST_TEST(fixture.client.ask(R"({"action":"go","request_id":1})")
             == failure(504, timed_out, "go", "", "1"));
  until.open();
  // What it says too late allows nothing.
  BOOST_TEST(fixture.ask(R"({"action":"go"})") == success("null", "go"));
  ran.take();
  BOOST_TEST(ran.empty());
}

// -- the order of the checks --------------------------------------------------

BOOST_AUTO_TEST_CASE(who_may_do_nothing_hears_403_whatever_he_asks_for) {
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(is_authenticated())
                            .action("go", [](arg<"pk", int>) { return ok(); }))
           .route("child/",
                  handler("child").permissions(allow_any()).action("go", [] {
                    return ok();
                  }))});
  BOOST_TEST(fixture.ask(R"({"action":"go"})") == failure(403, denied, "go"));
  BOOST_TEST(fixture.ask(R"({"action":"nope"})")
             == failure(403, denied, "nope"));
  BOOST_TEST(fixture.ask(R"({"action":"go","route":"nowhere"})")
             == failure(403, denied, "go", "nowhere"));
  BOOST_TEST(fixture.ask(R"({"action":"go","route":"child/"})")
             == failure(403, denied, "go", "child/"));
  BOOST_TEST(fixture.ask(R"({"action":"go","route":"child/nowhere"})")
             == failure(403, denied, "go", "child/nowhere"));
  // Only what stands before the permissions answers otherwise.
  BOOST_TEST(fixture.ask("x") == malformed(not_json_at(0)));
  BOOST_TEST(fixture.ask(R"({"route":"nowhere"})")
             == envelope(no_action, "null", 404, {"null", "nowhere", ""}));
}

BOOST_AUTO_TEST_CASE(the_route_comes_before_the_inner_permissions) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"x","route":"test_child_route/1/2/"})")
             == failure(404, no_route, "x", "test_child_route/1/2/"));
  BOOST_TEST(fixture.ask(R"({"action":"x","route":"test_child_route/1/"})")
             == failure(403, denied, "x", "test_child_route/1/"));
}

BOOST_AUTO_TEST_CASE(the_action_comes_before_its_arguments) {
  one_client fixture;
  BOOST_TEST(fixture.ask(R"({"action":"snore","route":"slow/"})")
             == failure(405, not_allowed("snore"), "snore", "slow/"));
  BOOST_TEST(fixture.ask(R"({"action":"sleep","route":"slow/"})")
             == failure(400, R"([{"ms":["This field is required."]}])", "sleep",
                        "slow/"));
}

BOOST_AUTO_TEST_CASE(permissions_are_asked_once_outermost_first) {
  channel<std::string> asked;
  const auto asks = [&](const std::string& name) {
    return rule{[&asked, name](std::string_view action) {
      asked.put(name + ' ' + std::string(action));
      return allow();
    }};
  };
  one_client fixture(
      {endpoint("/ws/",
                handler("root").permissions(asks("root 1"), asks("root 2")))
           .route("a/",
                  handler("outer")
                      .permissions(asks("outer"))
                      .route("b/", handler("inner")
                                       .permissions(asks("inner"))
                                       .action("go", [] { return ok(); })))});
  BOOST_TEST(fixture.client.ask(R"({"action":"go","route":"a/b/"})")
             == success("null", "go", "a/b/"));
  for (const auto* name : {"root 1 go", "root 2 go", "outer go", "inner go"})
    BOOST_TEST(asked.take() == name);
  BOOST_TEST(fixture.client.ask(R"({"action":"go","route":"nowhere"})")
             == failure(404, no_route, "go", "nowhere"));
  for (const auto* name : {"root 1 go", "root 2 go"})
    BOOST_TEST(asked.take() == name);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(an_actions_own_list_replaces_the_default_of_its_handler) {
  const auto open = [] { return ok(); };
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(deny_all())
                            .action("open", open, guarded_by(allow_any())))
           .route("a/", handler("child").action("open", open)),
       endpoint("/open/").route(
           "a/", handler("child")
                     .permissions(deny_all())
                     .action("open", open, guarded_by(allow_any()))
                     .action("shut", open))});
  BOOST_TEST(fixture.ask(R"({"action":"open"})") == success("null", "open"));
  BOOST_TEST(fixture.ask(R"({"action":"nope"})")
             == failure(403, denied, "nope"));
  // The outer handler contributes its default list, whatever the action.
  BOOST_TEST(fixture.ask(R"({"action":"open","route":"a/"})")
             == failure(403, denied, "open", "a/"));
  BOOST_TEST(fixture.ask(R"({"action":"open","route":"nowhere"})")
             == failure(403, denied, "open", "nowhere"));
  websocket_client other(fixture.server.port(), "/open/");
  BOOST_TEST(other.ask(R"({"action":"open","route":"a/"})")
             == success("null", "open", "a/"));
  BOOST_TEST(other.ask(R"({"action":"shut","route":"a/"})")
             == failure(403, denied, "shut", "a/"));
}

// -- the message rate ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(over_the_message_rate_is_429) {
  one_client fixture(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.message_rate_max = 1;
                       bounds.message_burst_max = 2;
                     }));
  std::string frames;
  for (const auto* id : {"1", "2", "3"})
    frames += encode_frame(true, opcode::text,
                           R"({"action":"ping","route":"?a","request_id":)"
                               + std::string(id) + "}");
  fixture.client.send_bytes(frames);
  for (const auto* id : {"1", "2"})
    BOOST_TEST(fixture.client.read_text()
               == success(R"({"pong":true})", "ping", "?a", id));
  BOOST_TEST(fixture.client.read_text()
             == failure(429,
                        R"([{"detail":"Request was throttled. )"
                        R"(Expected available in 1 second."}])",
                        "ping", "?a", "3"));
}

BOOST_AUTO_TEST_CASE(serves_again_after_a_429) {
  one_client fixture(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.message_rate_max = 20;
                       bounds.message_burst_max = 1;
                       bounds.throttled_in_row_max = 1'000'000;
                     }));
  int throttled = 0;
  for (int served = 0; served < 3;)
    if (fixture.client.ask(R"({"action":"ping"})") == pong)
      ++served;
    else
      ++throttled;
  BOOST_TEST(throttled > 0);
}

BOOST_AUTO_TEST_CASE(closes_with_1008_who_goes_on_after_429s) {
  one_client fixture(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.message_rate_max = 1;
                       bounds.throttled_in_row_max = 3;
                     }));
  std::string frames;
  for (int i = 0; i < 5; ++i)
    frames += encode_frame(true, opcode::text, R"({"action":"ping"})");
  fixture.client.send_bytes(frames);
  BOOST_TEST(fixture.client.read_text() == pong);
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(fixture.client.read_text()
               == failure(429,
                          R"([{"detail":"Request was throttled. )"
                          R"(Expected available in 1 second."}])",
                          "ping"));
  BOOST_TEST(fixture.client.read_close().code == 1008);
}

BOOST_AUTO_TEST_CASE(every_connection_has_a_message_rate_of_its_own) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.message_rate_max = 1;
                     }));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(
        websocket_client(server.port(), "/ws/").ask(R"({"action":"ping"})")
        == pong);
}

// -- the order of the replies -------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_fifty_messages_at_once_each_once_in_order) {
  one_client fixture;
  std::string frames;
  std::vector<std::string> answers;
  const auto add = [&](const std::string& text, std::string answer) {
    frames += encode_frame(true, opcode::text, text);
    answers.push_back(std::move(answer));
  };
  for (int i = 0; i < 10; ++i) {
    const auto id = std::to_string(i);
    const auto count = R"({"value":)" + std::to_string(i + 1) + "}";
    add(R"({"action":"ping","request_id":)" + id + "}",
        success(R"({"pong":true})", "ping", "", id));
    add("x", malformed(not_json_at(0)));
    add(R"({"action":"increment","route":"counter/","request_id":")" + id
            + "\"}",
        success(count, "increment", "counter/", '"' + id + '"'));
    add(R"({"action":"sleep","route":"slow/","ms":1})",
        success(R"({"slept":1})", "sleep", "slow/"));
    add(R"({"action":"nope"})", failure(405, not_allowed("nope"), "nope"));
  }
  BOOST_TEST(answers.size() == 50u);
  fixture.client.send_bytes(frames);
  for (const auto& answer : answers)
    BOOST_TEST(fixture.client.read_text() == answer);
  BOOST_TEST(fixture.ask(R"({"action":"ping"})") == pong);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace replies_suite
