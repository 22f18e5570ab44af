// The admin endpoint, over HTTP: why requests were denied, who may do what, and
// orders to connections; for those who have the token.

#include "stagedoor/permissions/custom_permission.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <string>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/envelopes.hpp"
#include "support/http_texts.hpp"
#include "support/raw_client.hpp"
#include "support/test_server.hpp"

namespace admin_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string token = "the-token-of-operators";

test_server::edit with_admin(std::size_t kept = 100) {
  return [kept](server_options& options) {
    options.admin = admin_options{"127.0.0.1", 0, token};
    options.limits.denials_kept_max = kept;
  };
}

/// Sends one HTTP request.
std::string call(std::uint16_t port, const std::string& line,
                 const std::string& bearer = token) {
  raw_client client(port);
  client.send_bytes(
      line + " HTTP/1.1\r\nHost: localhost\r\n"
      + (bearer.empty() ? "" : "Authorization: Bearer " + bearer + "\r\n")
      + "\r\n");
  return client.read_http_answer();
}

int status_of(const std::string& answer) {
  return std::stoi(answer.substr(9, 3));
}

json::value body_of(const std::string& answer) {
  auto parsed = parse_json(answer.substr(answer.find("\r\n\r\n") + 4), 32);
  BOOST_REQUIRE(parsed);
  return *parsed;
}

/// Why carol may not update an article of alice.
const std::string tree_of_carol =
    R"json([{"permission":"AllowAny","question":"has_object_permissio)json"
    R"json(n","answer":"not overridden","why":"everybody"},{"permissi)json"
    R"json(on":"IsAuthenticated & (IsOwner(\"author_id\") | IsAdminUs)json"
    R"json(er)","question":"has_object_permission","answer":"deny","s)json"
    R"json(tatus":403,"why":"carol is not its author_id","parts":[{"p)json"
    R"json(ermission":"IsAuthenticated","question":"has_object_permis)json"
    R"json(sion","answer":"not overridden","why":"users who are logge)json"
    R"json(d in"},{"permission":"IsOwner(\"author_id\") | IsAdminUser)json"
    R"json(","question":"has_object_permission","answer":"deny","stat)json"
    R"json(us":403,"why":"carol is not its author_id","parts":[{"perm)json"
    R"json(ission":"IsOwner(\"author_id\")","question":"has_permissio)json"
    R"json(n","answer":"not overridden","why":"the user whose id is t)json"
    R"json(he object's author_id"},{"permission":"IsAdminUser","quest)json"
    R"json(ion":"has_permission","answer":"deny","status":403,"why":")json"
    R"json(carol is not staff"},{"permission":"IsOwner(\"author_id\"))json"
    R"json(","question":"has_object_permission","answer":"deny","stat)json"
    R"json(us":403,"why":"carol is not its author_id"},{"permission":)json"
    R"json("IsAdminUser","question":"has_object_permission","answer":)json"
    R"json("not overridden","why":"staff"}]}]}])json";

/// A permission that counts its questions and may be cached.
struct counted {
  std::atomic<int>* asked;

  static std::string name() { return "Counted"; }
  static std::chrono::milliseconds cached_for() { return 1h; }

  [[nodiscard]] bool has_permission(const scope&, std::string_view,
                                    const request&) const {
    ++*asked;
    return true;
  }
};

struct admin_fixture {
  test_server server{newsroom::endpoints(), with_admin()};
  std::uint16_t port = server->admin_port();

  json::array denials(const std::string& query = {}) {
    return body_of(call(port, "GET /denials" + query)).at("denials").as_array();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admin, admin_fixture)

BOOST_AUTO_TEST_CASE(is_off_unless_asked_for) {
  test_server plain;
  BOOST_TEST(plain->admin_port() == 0);
  BOOST_TEST(port != 0);
  BOOST_TEST(port != server.port());
}

BOOST_AUTO_TEST_CASE(nobody_gets_in_without_the_token) {
  for (const std::string wrong :
       {"", "x", "alice-token", "the-token-of-operator",
        "the-token-of-operatorss"})
    for (const std::string line :
         {"GET /denials", "GET /nowhere", "POST /users/close?user=1"}) {
      const auto answer = call(port, line, wrong);
      BOOST_TEST(status_of(answer) == 401);
      BOOST_TEST(answer.find("WWW-Authenticate: Bearer") != std::string::npos);
    }
  // In the query it would be in the logs of proxies.
  BOOST_TEST(status_of(call(port, "GET /denials?token=" + token, "")) == 401);
}

BOOST_AUTO_TEST_CASE(follows_the_rules_for_every_request) {
  const auto ask = [&](const std::string& more, const std::string& method) {
    raw_client client(port);
    client.send_bytes(method + " /nowhere HTTP/1.1\r\nHost: localhost\r\n"
                      + more + "\r\n");
    return with_date_checked(client.read_until_eof());
  };
  const auto with = [](const std::string& value) {
    return "Authorization: " + value + "\r\n";
  };
  BOOST_TEST(ask(with("Token " + token), "GET")
             == refused("404 Not Found", "Not found", "not_found"));
  BOOST_TEST(ask(with("Bearer " + token) + with("Bearer x"), "GET")
             == bad_request);
  BOOST_TEST(ask(with("Digest x=y"), "GET") == bad_credentials);
  BOOST_TEST(ask({}, "HEAD") == head_of_answer(bad_credentials));
}

BOOST_AUTO_TEST_CASE(ordinary_clients_do_not_reach_it) {
  BOOST_TEST(status_of(call(server.port(), "GET /denials")) == 404);
}

BOOST_AUTO_TEST_CASE(what_there_is_not_has_its_status) {
  BOOST_TEST(status_of(call(port, "GET /nowhere")) == 404);
  BOOST_TEST(status_of(call(port, "POST /nowhere")) == 404);
  BOOST_TEST(status_of(call(port, "DELETE /denials")) == 405);
  BOOST_TEST(status_of(call(port, "GET /denials?count=x")) == 400);
  BOOST_TEST(status_of(call(port, "GET denials")) == 400);
  BOOST_TEST(status_of(call(port, "POST /users/close")) == 400);
  BOOST_TEST(status_of(call(port, "POST /users/close?user=")) == 400);
  BOOST_TEST(status_of(call(port, "POST /cache/invalidate?user=")) == 400);
}

BOOST_AUTO_TEST_CASE(a_denial_tells_who_wanted_what_and_why_not) {
  websocket_client carol(server.port(), "/ws/?token=carol-token");
  BOOST_TEST(carol.ask(R"({"action":"update","route":"articles/1/?secret=x",)"
                       R"("data":{"title":"hidden"}})")
             == failure(403, denied, "update", "articles/1/?secret=x"));
  const auto all = denials();
  BOOST_REQUIRE(all.size() == 1u);
  const auto& one = all[0].as_object();
  BOOST_TEST(to_json(one.at("user")) == R"({"id":4,"username":"carol"})");
  BOOST_TEST(one.at("path") == "/ws/");
  BOOST_TEST(one.at("route") == "articles/1/");
  BOOST_TEST(one.at("action") == "update");
  BOOST_TEST(one.at("question") == "has_object_permission");
  BOOST_TEST(one.at("status") == 403);
  BOOST_TEST(one.at("at_ms").as_int64() > 1'700'000'000'000);
  BOOST_TEST(to_json(one.at("tree")) == tree_of_carol);
  // Nothing that the client sent beside.
  const auto text = to_json(all[0]);
  BOOST_TEST(text.find("hidden") == std::string::npos);
  BOOST_TEST(text.find("secret") == std::string::npos);
  BOOST_TEST(text.find("carol-token") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_opening_is_a_denial) {
  raw_client client(server.port());
  BOOST_TEST(status_of(client.ask_http(opening_text("/strict/"))) == 403);
  const auto all = denials();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].at("question") == "can_connect");
  BOOST_TEST(all[0].at("path") == "/strict/");
  BOOST_TEST(all[0].at("reason") == "nobody is logged in");
}

BOOST_AUTO_TEST_CASE(what_is_late_is_a_denial_that_names_it) {
  gate until;
  const auto waits = custom_permission(
      "Ledger",
      [&](const request&) {
        until.pass();
        return true;
      },
      blocking);
  const auto opens = custom_permission(
      "Porter",
      [&](const scope&) {
        until.pass();
        return true;
      },
      blocking);
  test_server slow({endpoint("/ws/", handler("root").permissions(waits).action(
                                         "ping", [] {})),
                    endpoint("/door/", handler("door").permissions(opens))},
                   [](server_options& options) {
                     with_admin()(options);
                     options.limits.permission_timeout = 50ms;
                     options.limits.can_connect_timeout = 50ms;
                   });
  opens_at_end opener(until);
  websocket_client client(slow.port(), "/ws/");
  BOOST_TEST(client.ask(ping_text) == failure(504, timed_out, "ping"));
  raw_client refused(slow.port());
  BOOST_TEST(status_of(refused.ask_http(opening_text("/door/"))) == 503);
  const auto body = body_of(call(slow->admin_port(), "GET /denials"));
  const auto& all = body.at("denials").as_array();
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].at("reason") == "Porter: is late");
  BOOST_TEST(all[1].at("reason") == "Ledger: is late");
  BOOST_TEST(slow.logs("Porter: is late"));
  BOOST_TEST(slow.logs("Ledger: is late"));
}

BOOST_AUTO_TEST_CASE(an_allow_is_no_denial) {
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(client.ask(ping_text) == pong_text);
  BOOST_TEST(denials().empty());
}

BOOST_AUTO_TEST_CASE(keeps_as_many_as_configured_the_newest_first) {
  test_server small(newsroom::endpoints(), with_admin(2));
  websocket_client client(small.port(), "/ws/");
  for (const std::string action : {"a", "b", "c"})
    client.ask(R"({"action":")" + action
               + R"(","route":"test_child_route/1/"})");
  const auto actions = [&](const std::string& query) {
    std::string result;
    const auto body =
        body_of(call(small->admin_port(), "GET /denials" + query));
    for (const auto& entry : body.at("denials").as_array())
      result += std::string(entry.at("action").as_string());
    return result;
  };
  BOOST_TEST(actions("") == "cb");
  BOOST_TEST(actions("?count=1") == "c");
  BOOST_TEST(actions("?count=0") == "");
  BOOST_TEST(actions("?count=9") == "cb");
}

BOOST_AUTO_TEST_CASE(questions_what_is_allowed_are_no_denials) {
  websocket_client client(server.port(), "/ws/");
  client.ask(
      R"({"action":"check","route":"$can/","of":[)"
      R"({"route":"test_child_route/1/","action":"your_custom_action"}]})");
  BOOST_TEST(denials().empty());
  client.ask(
      R"({"route":"test_child_route/1/","action":"your_custom_action"})");
  BOOST_TEST(denials().size() == 1u);
}

BOOST_AUTO_TEST_CASE(shows_the_access_matrix) {
  const auto rows = body_of(call(port, "GET /permissions")).as_array();
  BOOST_TEST(rows.size() > 20u);
  BOOST_TEST(to_json(rows[0]).find("\"connect\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(closes_the_connections_of_a_user) {
  websocket_client alice(server.port(), "/ws/?token=alice-token");
  websocket_client again(server.port(), "/ws/?token=alice-token");
  websocket_client bob(server.port(), "/ws/?token=bob-token");
  BOOST_TEST(status_of(call(port, "POST /users/close?user=1")) == 202);
  for (auto* client : {&alice, &again})
    BOOST_TEST(read_to_close(*client)
               == (close_text{4401, "credentials_revoked"}));
  BOOST_TEST(bob.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(counts_and_invalidates_cached_decisions) {
  std::atomic<int> asked = 0;
  test_server cached(
      {endpoint("/ws/", handler("root")
                            .permissions(counted{&asked})
                            .action("ping",
                                    [] {
                                      return ok({{"pong", true}});
                                    }))},
      with_admin());
  websocket_client alice(cached.port(), "/ws/?token=alice-token");
  websocket_client bob(cached.port(), "/ws/?token=bob-token");
  const auto ping_both = [&] {
    BOOST_TEST(alice.ask(ping_text) == pong_text);
    BOOST_TEST(bob.ask(ping_text) == pong_text);
  };
  const auto order = [&](const std::string& query) {
    BOOST_TEST(
        status_of(call(cached->admin_port(), "POST /cache/invalidate" + query))
        == 200);
  };
  ping_both();
  ping_both();
  BOOST_TEST(asked == 2);
  BOOST_TEST(to_json(body_of(call(cached->admin_port(), "GET /cache")))
             == R"({"hits":2,"misses":2})");
  order("?user=1");
  BOOST_TEST(eventually([&] {
    ping_both();
    return asked == 3;
  }));
  order("");
  BOOST_TEST(eventually([&] {
    ping_both();
    return asked == 5;
  }));
  cached->invalidate("2");
  BOOST_TEST(eventually([&] {
    ping_both();
    return asked == 6;
  }));
  BOOST_TEST(cached->cache_counts().misses == 6u);
  // A refresh drops them as well.
  BOOST_TEST(
      alice
          .ask(R"({"action":"refresh","route":"$auth/","token":"alice-token"})")
          .find(R"("status":200)")
      != std::string::npos);
  ping_both();
  BOOST_TEST(asked == 7);
}

BOOST_AUTO_TEST_CASE(more_requests_than_it_serves_at_once_wait) {
  std::vector<std::unique_ptr<raw_client>> idle;
  for (int i = 0; i < 16; ++i) {
    idle.push_back(std::make_unique<raw_client>(port));
    idle.back()->send_bytes("GET ");
  }
  raw_client one_more(port);
  one_more.send_bytes("GET /cache HTTP/1.1\r\nHost: x\r\n"
                      "Authorization: Bearer "
                      + token + "\r\n\r\n");
  idle.front()->reset();
  BOOST_TEST(status_of(one_more.read_http_answer()) == 200);
}

BOOST_AUTO_TEST_CASE(a_token_that_can_be_guessed_is_refused_at_start) {
  const auto start = [&](std::size_t bytes) {
    server_options options;
    options.port = 0;
    options.admin = admin_options{"127.0.0.1", 0, std::string(bytes, 'x')};
    return serve(server.system(), options, newsroom::endpoints());
  };
  BOOST_TEST(static_cast<bool>(start(16)));
  const auto refused = start(15);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(text_of(refused.error()).find("16 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace admin_suite
