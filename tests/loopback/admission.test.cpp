// protocol/README.md, "Opening a connection", from the origin to the 101.

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/http_texts.hpp"

namespace admission_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

opening_text good() {
  return opening_text("/ws/");
}

opening_text from(const std::string& origin) {
  return good().set("Origin", origin);
}

opening_text bearer(const std::string& token,
                    const std::string& target = "/ws/") {
  return opening_text(target).set("Authorization", "Bearer " + token);
}

std::string who_is(const test_server& server, const opening_text& request) {
  return websocket_client(server.port(), request).ask(R"({"action":"whoami"})");
}

const auto alice =
    success(R"({"id":1,"username":"alice","is_authenticated":true,)"
            R"("roles":["editor"],"groups":["editors"]})",
            "whoami");
const auto nobody =
    success(R"({"id":null,"username":"","is_authenticated":false,)"
            R"("roles":[],"groups":[]})",
            "whoami");

/// An endpoint whose only permission answers can_connect with `answer`.
template <class F>
endpoint guarded(F answer) {
  struct rule {
    F answer;
    decision can_connect(const scope& who) const { return answer(who); }
  };
  return endpoint(
      "/ws/",
      handler("root").permissions(rule{std::move(answer)}).action("ping", [] {
        return ok();
      }));
}

/// A permission that takes long in can_connect.
struct slow_rule {
  gate* until;
  static bool is_blocking() { return true; }
  decision can_connect(const scope&) const {
    until->pass();
    return allow();
  }
};

/// Reads the close of an endpoint that accepts first.
close_text close_of(const test_server& server, const opening_text& request) {
  websocket_client client(server.port());
  BOOST_TEST(client.ask_http(request) == accepted);
  auto result = client.read_close();
  client.send_close(result.code);
  BOOST_TEST(client.expect_eof());
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(admission)

// -- origin -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lets_in_the_origin_of_its_own_host) {
  test_server server;
  const auto host = "127.0.0.1:" + std::to_string(server.port());
  BOOST_TEST(answer_to(server, from("http://" + host).set("Host", host))
             == accepted);
  BOOST_TEST(answer_to(server, from("http://127.0.0.1")) == accepted);
  BOOST_TEST(answer_to(server, from("http://127.0.0.1:80")) == accepted);
  BOOST_TEST(answer_to(server,
                       from("https://News.example").set("Host", "news.EXAMPLE"))
             == accepted);
}

BOOST_AUTO_TEST_CASE(lets_in_who_sends_no_origin) {
  test_server server;
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(refuses_a_foreign_origin) {
  test_server server;
  for (const auto* origin :
       {"http://evil.example", "http://127.0.0.1:81", "http://127.0.0.1.evil",
        "http://evil.127.0.0.1", "null", "", "127.0.0.1", "http://", "*",
        "http://127.0.0.1//", "http://127.0.0.1/a",
        "http://127.0.0.1@evil.example", "http://127.0.0.1 http://evil.example",
        "ftp://127.0.0.1"})
    BOOST_TEST_CONTEXT(origin)
  BOOST_TEST(answer_to(server, from(origin)) == origin_not_allowed);
  BOOST_TEST(
      answer_to(server,
                from("http://127.0.0.1").add("Origin", "http://evil.example"))
      == origin_not_allowed);
  BOOST_TEST(server.logs("origin not allowed"));
}

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_is_no_part_of_an_origin) {
  test_server server({endpoint("/ws/"),
                      endpoint("/news/").origins({"https://news.example/"})});
  const auto host = "127.0.0.1:" + std::to_string(server.port());
  // As Go's x/net/websocket writes it.
  BOOST_TEST(answer_to(server, from("http://" + host + "/").set("Host", host))
             == accepted);
  BOOST_TEST(answer_to(server, from("http://localhost/").set("Host", host))
             == origin_not_allowed);
  for (const auto* origin : {"https://news.example", "https://news.example/",
                             "https://news.example:443/"})
    BOOST_TEST_CONTEXT(origin)
  BOOST_TEST(answer_to(server, opening_text("/news/").set("Origin", origin))
             == accepted);
}

BOOST_AUTO_TEST_CASE(the_log_says_how_to_allow_an_origin) {
  test_server server({endpoint("/ws/"), endpoint("/strict/").require_origin()});
  answer_to(server, from("http://evil.example").set("Host", "news.example"));
  BOOST_TEST(server.logs(
      R"(origin not allowed: "http://evil.example", host "news.example", )"
      R"(path "/ws/"; to allow it, give the endpoint )"
      R"(.origins({"http://evil.example"}))"));
  for (const std::string none : {"null", "*", "https://*.com"}) {
    answer_to(server, from(none));
    BOOST_TEST(server.logs("origin not allowed: \"" + none
                           + "\", host \"127.0.0.1\", path \"/ws/\"; it "
                             "cannot be named"));
  }
  answer_to(server, from("http://a\"\xC3\xA4" + std::string(300, 'b')));
  BOOST_TEST(server.logs("origin not allowed: \"http://a???"
                         + std::string(189, 'b') + "…\", host"));
  answer_to(server, from("http://a.example").add("Origin", "http://b.example"));
  BOOST_TEST(server.logs(R"("http://a.example", host "127.0.0.1", )"
                         R"(path "/ws/"; it is not the only Origin)"));
  answer_to(server, opening_text("/strict/"));
  BOOST_TEST(server.logs(R"(origin not allowed: none, host "127.0.0.1", )"
                         R"(path "/strict/"; the endpoint has )"
                         R"(.require_origin())"));
}

BOOST_AUTO_TEST_CASE(an_allow_list_takes_the_place_of_the_own_host) {
  test_server server({endpoint("/ws/").origins(
      {"https://news.example", "http://localhost:3000"})});
  BOOST_TEST(answer_to(server, from("https://news.example")) == accepted);
  BOOST_TEST(answer_to(server, from("https://news.example:443")) == accepted);
  BOOST_TEST(answer_to(server, from("http://localhost:3000")) == accepted);
  for (const auto* origin :
       {"http://127.0.0.1", "http://news.example", "https://news.example:8443",
        "https://www.news.example", "http://localhost"})
    BOOST_TEST_CONTEXT(origin)
  BOOST_TEST(answer_to(server, from(origin)) == origin_not_allowed);
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(a_wildcard_stands_for_any_subdomain) {
  test_server server({endpoint("/ws/").origins({"https://*.news.example"}),
                      endpoint("/any/").origins({"*"})});
  BOOST_TEST(answer_to(server, from("https://a.news.example")) == accepted);
  BOOST_TEST(answer_to(server, from("https://a.b.news.example")) == accepted);
  for (const auto* origin : {"https://news.example", "https://evilnews.example",
                             "http://a.news.example", "https://*.news.example",
                             "https://a.news.example.evil"})
    BOOST_TEST_CONTEXT(origin)
  BOOST_TEST(answer_to(server, from(origin)) == origin_not_allowed);
  for (const auto* origin : {"https://evil.example", "null"})
    BOOST_TEST_CONTEXT(origin)
  BOOST_TEST(answer_to(server, opening_text("/any/").set("Origin", origin))
             == accepted);
}

BOOST_AUTO_TEST_CASE(can_be_told_to_refuse_who_sends_no_origin) {
  test_server server({endpoint("/ws/").require_origin()});
  BOOST_TEST(answer_to(server, good()) == origin_not_allowed);
  BOOST_TEST(answer_to(server, from("http://127.0.0.1")) == accepted);
}

BOOST_AUTO_TEST_CASE(the_origin_comes_before_the_credentials) {
  test_server server;
  BOOST_TEST(answer_to(server, from("http://evil.example")
                                   .set("Authorization", "Bearer wrong"))
             == origin_not_allowed);
}

// -- credentials --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(knows_a_user_by_a_token_in_the_header) {
  test_server server;
  BOOST_TEST(who_is(server, bearer("alice-token")) == alice);
  BOOST_TEST(who_is(server, good().set("Authorization", "bearer  alice-token"))
             == alice);
}

BOOST_AUTO_TEST_CASE(knows_a_user_by_a_token_in_the_query) {
  test_server server;
  for (const auto* target :
       {"/ws/?token=alice-token", "/ws/?a=b&token=alice-token&c",
        "/ws/?token=alice%2Dtoken", "/ws/?tok%65n=alice-token",
        "/ws/?access_token=alice-token", "/ws/?token=&token=alice-token",
        "/ws/?access_token=alice-token&token=bob-token"})
    BOOST_TEST_CONTEXT(target)
  BOOST_TEST(who_is(server, opening_text(target)) == alice);
}

BOOST_AUTO_TEST_CASE(knows_a_user_by_the_keyword_of_django_rest_framework) {
  test_server server;
  for (const auto* value :
       {"Token alice-token", "token alice-token", "TOKEN \t alice-token"})
    BOOST_TEST_CONTEXT(value)
  BOOST_TEST(who_is(server, good().set("Authorization", value)) == alice);
  for (const auto* value : {"Token wrong", "Token", "Token Bearer alice-token"})
    BOOST_TEST_CONTEXT(value)
  BOOST_TEST(answer_to(server, good().set("Authorization", value))
             == bad_credentials);
}

BOOST_AUTO_TEST_CASE(an_empty_token_in_the_query_is_none) {
  test_server server;
  for (const auto* target : {"/ws/?token=", "/ws/?token",
                             "/ws/?access_token=", "/ws/?token=&access_token="})
    BOOST_TEST_CONTEXT(target)
  BOOST_TEST(who_is(server, opening_text(target)) == nobody);
}

BOOST_AUTO_TEST_CASE(basic_is_a_proxys_and_is_ignored_with_a_line) {
  test_server server;
  const auto basic = good().set("Authorization", "Basic YWxpY2U6YWxpY2U=");
  BOOST_TEST(who_is(server, basic) == nobody);
  BOOST_TEST(server.logs("Authorization with the scheme Basic is ignored"));
  BOOST_TEST(who_is(server, opening_text("/ws/?token=alice-token")
                                .set("Authorization", "basic eA=="))
             == alice);
  BOOST_TEST(server.log().find("YWxpY2U6YWxpY2U=") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_scheme_is_refused_and_named_in_the_log) {
  test_server server;
  const auto refused_with = [&](const std::string& value) {
    return answer_to(server, opening_text("/ws/?token=alice-token")
                                 .set("Authorization", value))
           == bad_credentials;
  };
  BOOST_TEST(refused_with("Digest username=\"s3cret\""));
  BOOST_TEST(server.logs("401: Authorization has the scheme Digest"));
  BOOST_TEST(refused_with("JWT s3cret.s3cret.s3cret"));
  BOOST_TEST(server.logs("401: Authorization has the scheme JWT"));
  // A secret without a scheme is not taken for the name of one.
  BOOST_TEST(refused_with("s3cret"));
  BOOST_TEST(server.logs("401: Authorization has no scheme that is known"));
  BOOST_TEST(server.log().find("s3cret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_header_wins_over_the_query) {
  test_server server;
  BOOST_TEST(who_is(server, bearer("alice-token", "/ws/?token=bob-token"))
             == alice);
}

BOOST_AUTO_TEST_CASE(who_has_no_token_is_anonymous) {
  test_server server;
  BOOST_TEST(who_is(server, good()) == nobody);
  BOOST_TEST(who_is(server, good().set("Authorization", "")) == nobody);
}

BOOST_AUTO_TEST_CASE(a_wrong_token_is_401) {
  test_server server;
  for (const auto* token : {"wrong", "alice-toke", "alice-token2",
                            "Alice-token", "alice-token bob-token", ""})
    BOOST_TEST_CONTEXT(token)
  BOOST_TEST(answer_to(server, bearer(token)) == bad_credentials);
  for (const auto* target : {"/ws/?token=wrong", "/ws/?access_token=wrong",
                             "/ws/?token=wrong&token=alice-token",
                             "/ws/?access_token=wrong&token=alice-token"})
    BOOST_TEST_CONTEXT(target)
  BOOST_TEST(answer_to(server, opening_text(target)) == bad_credentials);
  BOOST_TEST(answer_to(server, bearer("wrong", "/ws/?token=alice-token"))
             == bad_credentials);
}

BOOST_AUTO_TEST_CASE(a_server_without_users_refuses_every_token) {
  test_server server(newsroom::endpoints(),
                     [](server_options& options) { options.users = nullptr; });
  BOOST_TEST(answer_to(server, bearer("alice-token")) == bad_credentials);
  BOOST_TEST(who_is(server, good()) == nobody);
}

BOOST_AUTO_TEST_CASE(wrong_credentials_come_before_can_connect) {
  test_server server;
  BOOST_TEST(answer_to(server, bearer("wrong", "/strict/")) == bad_credentials);
}

BOOST_AUTO_TEST_CASE(a_token_in_the_query_is_in_no_scope_log_or_answer) {
  channel<std::string> seen;
  const auto show = [](const scope& who) {
    std::string text;
    for (const auto& [name, value] : who.query)
      text += name + "=" + value + ";";
    return text;
  };
  const auto rule = [&](const scope& who) {
    seen.put(show(who));
    return who.user.is_authenticated() ? allow() : deny();
  };
  struct looks {
    decltype(rule) ask;
    decision can_connect(const scope& who) const { return ask(who); }
  };
  test_server server({endpoint(
      "/ws/", handler("root")
                  .permissions(looks{rule})
                  .action("query", [show](const request& message) {
                    return ok(json::value(json::string(show(message.scope()))));
                  }))});
  const std::string target =
      "/ws/?a=1&token=alice-token&b=2&token=s3cret&access_token=s3cret";
  {
    websocket_client client(server.port(), target);
    BOOST_TEST(client.ask(R"({"action":"query"})")
               == success(R"("a=1;b=2;")", "query"));
    client.say_goodbye();
  }
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=s3cret"))
             == bad_credentials);
  BOOST_TEST(answer_to(server, opening_text("/nowhere?token=s3cret"))
             == not_found_answer);
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=s3cret")
                                   .set("Authorization", "Bearer bob-token"))
             == accepted);
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=s3cret")
                                   .set("Origin", "http://evil.example"))
             == origin_not_allowed);
  BOOST_TEST(answer_to(server, bearer("s3cret")) == bad_credentials);
  BOOST_TEST(seen.take() == "a=1;b=2;");
  BOOST_TEST(server.logs("closed"));
  for (const auto* secret : {"alice-token", "bob-token", "s3cret"})
    BOOST_TEST(server.log().find(secret) == std::string::npos);
}

// -- can_connect --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_strict_endpoint_lets_only_users_in) {
  test_server server;
  BOOST_TEST(answer_to(server, opening_text("/strict/")) == permission_denied);
  BOOST_TEST(server.logs("permission denied"));
  BOOST_TEST(answer_to(server, bearer("alice-token", "/strict/")) == accepted);
  BOOST_TEST(answer_to(server, opening_text("/strict/?token=bob-token"))
             == accepted);
}

BOOST_AUTO_TEST_CASE(a_permission_names_its_own_status_text_and_word) {
  decision answer;
  test_server server({guarded([&](const scope&) { return answer; })});
  answer = deny("Members only", 402, "members_only");
  BOOST_TEST(
      answer_to(server, good())
      == refused("402 Payment Required", "Members only", "members_only"));
  answer = deny("Not \\\"you\\\"");
  answer.message = "Not \"you\"";
  BOOST_TEST(
      answer_to(server, good())
      == refused("403 Forbidden", R"(Not \"you\")", "permission_denied"));
  answer = deny("Log in first", 401, "login_required");
  BOOST_TEST(answer_to(server, good())
             == refused("401 Unauthorized", "Log in first", "login_required",
                        "WWW-Authenticate: Bearer\r\n"));
  answer = deny({}, 0, "no_status");
  BOOST_TEST(answer_to(server, good())
             == refused("403 Forbidden", "Permission denied", "no_status"));
  answer = allow();
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(permissions_are_asked_in_order_up_to_the_first_no) {
  channel<std::string> asked;
  struct says {
    channel<std::string>* asked;
    std::string name;
    bool answer;
    bool can_connect(const scope&) const {
      asked->put(name);
      return answer;
    }
  };
  test_server server({endpoint(
      "/ws/", handler("root").permissions(says{&asked, "first", true},
                                          says{&asked, "second", false},
                                          says{&asked, "third", true}))});
  BOOST_TEST(answer_to(server, good()) == permission_denied);
  BOOST_TEST(asked.take() == "first");
  BOOST_TEST(asked.take() == "second");
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(can_connect_sees_the_whole_scope) {
  std::string seen;
  test_server server({[&] {
    endpoint_spec spec = guarded([&](const scope& who) {
      const auto value = [](const fields& of, std::string_view name) {
        const auto* found = find_field(of, name);
        return (found != nullptr ? *found : "-") + '|';
      };
      seen = who.path + '|' + value(who.path_captures, "room")
             + value(who.query, "a") + value(who.headers.unpacked(), "x-thing")
             + value(who.cookies, "sid") + who.user.username;
      for (const auto& name : who.subprotocols)
        seen += '|' + name;
      return deny();
    });
    spec.path = R"(/ws/(?P<room>\w+)/)";
    return spec;
  }()});
  BOOST_TEST(answer_to(server, bearer("alice-token", "/ws/%61b/?a=b+c%21")
                                   .set("X-Thing", "1")
                                   .set("Cookie", "x=1; sid=abc")
                                   .set("Sec-WebSocket-Protocol", "one, two"))
             == permission_denied);
  BOOST_TEST(seen == "/ws/ab/|ab|b c!|1|abc|alice|one|two");
}

BOOST_AUTO_TEST_CASE(a_can_connect_that_throws_is_500_and_the_log_says_why) {
  test_server server({guarded([](const scope&) -> decision {
    throw std::runtime_error("the door is stuck");
  })});
  BOOST_TEST(answer_to(server, good()) == server_error_answer);
  BOOST_TEST(server.logs("the door is stuck"));
}

BOOST_AUTO_TEST_CASE(a_can_connect_that_cannot_decide_is_500) {
  test_server server(
      {guarded([](const scope&) { return decision_error("no idea"); })});
  BOOST_TEST(answer_to(server, good()) == server_error_answer);
  BOOST_TEST(server.logs("no idea"));
}

BOOST_AUTO_TEST_CASE(a_late_can_connect_is_503_and_delays_nobody) {
  gate until;
  test_server server(
      {endpoint("/slow/", handler("slow").permissions(slow_rule{&until})),
       endpoint("/ws/")},
      [](server_options& options) {
        options.threads = 1;
        options.limits.can_connect_timeout = 200ms;
      });
  opens_at_end opener(until);
  raw_client late(server.port());
  late.send_bytes(opening_text("/slow/").str());
  until.wait_for();
  BOOST_TEST(answer_to(server, good()) == accepted);
  BOOST_TEST(late.read_http_answer() == unavailable_answer);
  BOOST_TEST(late.expect_eof());
}

BOOST_AUTO_TEST_CASE(a_blocking_can_connect_that_is_in_time_decides) {
  gate until;
  until.open();
  test_server server(
      {endpoint("/ws/", handler("slow").permissions(slow_rule{&until}))});
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(can_connect_has_its_time_however_long_the_head_took) {
  gate until;
  until.open();
  test_server server(
      {endpoint("/ws/", handler("slow").permissions(slow_rule{&until}))},
      [](server_options& options) {
        options.threads = 1;
        options.limits.can_connect_timeout = 300ms;
      });
  raw_client client(server.port());
  // Longer than that time, and nothing else wakes the unit.
  std::this_thread::sleep_for(500ms);
  client.send_bytes(good().str());
  BOOST_TEST(client.read_http_answer() == accepted);
}

BOOST_AUTO_TEST_CASE(a_dead_permission_worker_is_503_until_there_is_a_new_one) {
  test_server server(newsroom::endpoints(), [](server_options& options) {
    options.threads = 1;
    options.limits.permission_workers = 1;
  });
  caf::scoped_actor self(server.system());
  const auto workers = [&] {
    std::vector<caf::actor> result;
    self->request(server->permission_pool(0), patience, caf::get_atom_v)
        .receive([&](std::vector<caf::actor>& alive) { result = alive; },
                 [](const caf::error&) { BOOST_ERROR("no pool"); });
    return result;
  };
  // The first death is made good at once, the next ones after a while.
  std::string answer = accepted;
  for (int deaths = 0; answer == accepted && deaths < 8; ++deaths) {
    BOOST_TEST(eventually([&] {
      for (const auto& worker : workers())
        caf::anon_send_exit(worker, caf::exit_reason::kill);
      return workers().empty();
    }));
    answer = answer_to(server, good());
  }
  BOOST_TEST(answer == unavailable_answer);
  BOOST_TEST(eventually([&] { return answer_to(server, good()) == accepted; }));
}

// -- accept, then close -------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_endpoint_can_accept_and_then_close) {
  test_server server({endpoint("/ws/", handler("root").permissions(
                                           is_authenticated_strictly()))
                          .accept_then_close()});
  BOOST_TEST(close_of(server, good())
             == (close_text{4403, "permission_denied"}));
  BOOST_TEST(close_of(server, bearer("wrong"))
             == (close_text{4401, "bad_credentials"}));
  BOOST_TEST(close_of(server, opening_text("/ws/?token=wrong"))
             == (close_text{4401, "bad_credentials"}));
  BOOST_TEST(close_of(server, good().set("Authorization", "Digest x=y"))
             == (close_text{4401, "bad_credentials"}));
  BOOST_TEST(answer_to(server, bearer("alice-token")) == accepted);
}

BOOST_AUTO_TEST_CASE(accept_then_close_is_for_two_rows_only) {
  test_server server({guarded([](const scope&) -> decision {
                        throw std::runtime_error("broken");
                      }).accept_then_close()});
  BOOST_TEST(answer_to(server, good()) == server_error_answer);
  BOOST_TEST(answer_to(server, from("http://evil.example"))
             == origin_not_allowed);
  BOOST_TEST(answer_to(server, good().drop("Upgrade")) == upgrade_required);
}

BOOST_AUTO_TEST_CASE(what_a_closed_client_sends_is_not_handled) {
  channel<int> handled;
  test_server server(
      {endpoint("/ws/", handler("root")
                            .permissions(is_authenticated_strictly())
                            .action("ping", [&] { handled.put(1); }))
           .accept_then_close()});
  websocket_client client(server.port());
  client.send_bytes(good().str()
                    + encode_frame(true, opcode::text, R"({"action":"ping"})"));
  BOOST_TEST(client.read_http_answer() == accepted);
  BOOST_TEST(client.read_close().code == 4403);
  client.send_close(4403);
  BOOST_TEST(client.expect_eof());
  BOOST_TEST(handled.empty());
}

// -- the 101 ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(picks_the_first_offered_subprotocol_that_it_knows) {
  test_server server(
      {endpoint("/ws/").subprotocols({"a", "b"}), endpoint("/none/")});
  const auto offer = [&](const std::string& names,
                         const char* target = "/ws/") {
    return answer_to(server,
                     opening_text(target).set("Sec-WebSocket-Protocol", names));
  };
  const auto picks_a = switching_protocols("Sec-WebSocket-Protocol: a\r\n");
  const auto picks_b = switching_protocols("Sec-WebSocket-Protocol: b\r\n");
  BOOST_TEST(offer("a") == picks_a);
  BOOST_TEST(offer("b, a") == picks_b);
  BOOST_TEST(offer("x,b") == picks_b);
  BOOST_TEST(offer("x") == accepted);
  BOOST_TEST(offer("A") == accepted);
  BOOST_TEST(offer("a", "/none/") == accepted);
  BOOST_TEST(server.logs("no offered subprotocol can be picked"));
  BOOST_TEST(answer_to(server, good()) == accepted);
  BOOST_TEST(answer_to(server, good()
                                   .add("Sec-WebSocket-Protocol", "x")
                                   .add("Sec-WebSocket-Protocol", "b"))
             == picks_b);
}

BOOST_AUTO_TEST_CASE(every_endpoint_picks_stagedoor_after_its_own) {
  test_server server({endpoint("/ws/").subprotocols({"a"}), endpoint("/none/"),
                      endpoint("/own/").subprotocols({"b", "stagedoor"})});
  const auto offer = [&](const std::string& names, const char* target) {
    return answer_to(server,
                     opening_text(target).set("Sec-WebSocket-Protocol", names));
  };
  const auto picks_a = switching_protocols("Sec-WebSocket-Protocol: a\r\n");
  BOOST_TEST(offer("stagedoor", "/none/") == accepted_as_stagedoor);
  BOOST_TEST(offer("x, stagedoor", "/ws/") == accepted_as_stagedoor);
  BOOST_TEST(offer("stagedoor, a", "/ws/") == picks_a);
  BOOST_TEST(offer("stagedoor, b", "/own/") == accepted_as_stagedoor);
  BOOST_TEST(offer("Stagedoor", "/none/") == accepted);
  // Credentials are never picked.
  BOOST_TEST(offer("bearer.x", "/ws/") == bad_credentials);
  for (const auto* token :
       {"bearer.alice-token", "base64url.bearer.YWxpY2UtdG9rZW4"})
    for (const auto* target : {"/ws/", "/none/", "/own/"})
      BOOST_TEST_CONTEXT(token << " at " << target) {
        BOOST_TEST(offer(std::string(token) + ", stagedoor", target)
                   == accepted_as_stagedoor);
        BOOST_TEST(offer(token, target) == accepted);
      }
}

BOOST_AUTO_TEST_CASE(negotiates_no_compression_unless_it_is_switched_on) {
  test_server server({endpoint("/ws/"), endpoint("/deflate/").compression()});
  const auto offer = [&](const char* target) {
    return answer_to(server,
                     opening_text(target).set("Sec-WebSocket-Extensions",
                                              "permessage-deflate"));
  };
  BOOST_TEST(offer("/ws/") == accepted);
  BOOST_TEST(offer("/deflate/")
             == switching_protocols(
                 "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  BOOST_TEST(answer_to(server, opening_text("/deflate/")) == accepted);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace admission_suite
