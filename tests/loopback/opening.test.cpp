// protocol/README.md, "Opening a connection", up to the handshake. The rest is
// in admission.test.cpp.

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <utility>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/http_texts.hpp"

namespace opening_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto healthy = http("200 OK", R"({"status":"ok"})");
const auto ready = http("200 OK", R"({"status":"ready"})");
const auto not_ready =
    http("503 Service Unavailable", R"({"status":"draining"})");

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

opening_text good() {
  return opening_text("/ws/");
}

opening_text with(const std::string& name, const std::string& value) {
  return good().set(name, value);
}

opening_text without(const std::string& name) {
  return good().drop(name);
}

/// A good opening request with a head of exactly `bytes`.
std::string head_of(std::size_t bytes) {
  const auto size = good().set("X-Padding", "").str().size();
  BOOST_REQUIRE(size <= bytes);
  return good().set("X-Padding", std::string(bytes - size, 'x')).str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(opening)

BOOST_AUTO_TEST_CASE(accepts_a_good_request_with_a_101) {
  test_server server;
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(logs_a_line_per_connection_and_per_refusal) {
  test_server server;
  {
    websocket_client client(server.port(), "/ws/");
    client.say_goodbye();
  }
  BOOST_TEST(server.logs("\"/ws/\""));
  answer_to(server, opening_text("/nowhere"));
  BOOST_TEST(server.logs("refused with 404"));
}

// -- the head -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_a_head_of_exactly_the_limit) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, head_of(16 * 1024)) == accepted);
  BOOST_TEST(answer_to_bytes(server, head_of(16 * 1024 + 1)) == head_too_large);
}

BOOST_AUTO_TEST_CASE(takes_a_head_of_exactly_a_limit_that_is_configured) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.head_bytes_max = 300;
                     }));
  BOOST_TEST(answer_to_bytes(server, head_of(300)) == accepted);
  BOOST_TEST(answer_to_bytes(server, head_of(301)) == head_too_large);
  BOOST_TEST(answer_to_bytes(server, head_of(100'000)) == head_too_large);
  // Not complete, and too large already.
  BOOST_TEST(answer_to_bytes(server, head_of(400).substr(0, 350))
             == head_too_large);
}

BOOST_AUTO_TEST_CASE(takes_a_head_of_exactly_the_limit_byte_by_byte) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.head_bytes_max = 300;
                     }));
  for (const auto& [bytes, answer] :
       {std::pair{300, accepted}, std::pair{301, head_too_large}}) {
    raw_client client(server.port());
    for (const char byte : head_of(static_cast<std::size_t>(bytes)))
      client.send_bytes({&byte, 1});
    BOOST_TEST(client.read_http_answer() == answer);
  }
}

BOOST_AUTO_TEST_CASE(counts_all_lines_of_a_head_together) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.head_bytes_max = 300;
                     }));
  auto request = good();
  for (int i = 0; i < 100; ++i)
    request.add("X-Line", std::string(90, 'x'));
  BOOST_TEST(answer_to(server, request) == head_too_large);
  // In pieces, so that the server reads line by line.
  raw_client client(server.port());
  const auto text = request.str();
  for (std::size_t i = 0; i < text.size(); i += 100) {
    client.send_bytes(text.substr(i, 100));
    std::this_thread::sleep_for(1ms);
  }
  BOOST_TEST(client.read_http_answer() == head_too_large);
}

BOOST_AUTO_TEST_CASE(serves_frames_that_come_with_a_head_of_the_limit) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.head_bytes_max = 300;
                     }));
  websocket_client client(server.port());
  client.send_bytes(head_of(300)
                    + encode_frame(true, opcode::text, R"({"action":"ping"})"));
  BOOST_TEST(client.read_http_answer() == accepted);
  BOOST_TEST(
      client.read_text()
      == R"({"errors":[],"data":{"pong":true},"action":"ping","route":"",)"
         R"("status":200})");
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_complete_in_time_is_408) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.handshake_timeout = 100ms;
                     }));
  const auto whole = good().str();
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{20}, whole.size() - 1})
    BOOST_TEST(answer_to_bytes(server, whole.substr(0, bytes)) == late_head);
  BOOST_TEST(answer_to(server, good()) == accepted);
}

BOOST_AUTO_TEST_CASE(serves_others_while_a_head_is_slow) {
  test_server server;
  raw_client slow(server.port());
  slow.send_bytes("GET /ws/ HTTP/1.1\r\nHo");
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(answer_to(server, good()) == accepted);
  slow.send_bytes(good().str().substr(21));
  BOOST_TEST(slow.read_http_answer() == accepted);
}

BOOST_AUTO_TEST_CASE(survives_a_client_that_leaves_within_the_head) {
  test_server server;
  {
    raw_client ends(server.port());
    ends.send_bytes("GET /ws/ HT");
    ends.end();
    BOOST_TEST(ends.expect_eof());
    raw_client resets(server.port());
    resets.send_bytes("GET /ws/ HT");
    resets.reset();
  }
  BOOST_TEST(answer_to(server, good()) == accepted);
}

// -- malformed ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_not_http_is_400) {
  test_server server;
  const std::string tls_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03", 10);
  for (const auto& bytes :
       {std::string("GARBAGE\r\n\r\n"), std::string("\r\n\r\n"),
        std::string("{\"action\":\"ping\"}\r\n\r\n"), tls_hello,
        std::string(64, '\0'), std::string("\xFF\xFE\xFD\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("SSH-2.0-OpenSSH_9.2\r\n")})
    BOOST_TEST_CONTEXT(bytes)
  BOOST_TEST(answer_to_bytes(server, bytes) == bad_request);
}

BOOST_AUTO_TEST_CASE(other_versions_of_http_are_400) {
  test_server server;
  for (const auto* line :
       {"GET /ws/ HTTP/1.0", "GET /ws/ HTTP/0.9", "GET /ws/ HTTP/1.2",
        "GET /ws/ HTTP/2.0", "GET /ws/", "GET /ws/ http/1.1"})
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(answer_to(server, good().line(line)) == bad_request);
}

BOOST_AUTO_TEST_CASE(a_malformed_head_is_400) {
  test_server server;
  for (const auto* line :
       {"GET  /ws/ HTTP/1.1", "GET ws HTTP/1.1", "G@T /ws/ HTTP/1.1",
        "/ws/ HTTP/1.1", "GET /ws/%zz HTTP/1.1", "GET /ws/% HTTP/1.1",
        "GET /ws/%00 HTTP/1.1", "GET /ws/%ff HTTP/1.1", "GET * HTTP/1.1",
        "GET /ws/?a=%ff HTTP/1.1", "GET /ws/\x01 HTTP/1.1"})
    BOOST_TEST_CONTEXT(line)
  BOOST_TEST(answer_to(server, good().line(line)) == bad_request);
  BOOST_TEST(answer_to(server, with("Na me", "value")) == bad_request);
  BOOST_TEST(answer_to(server, with("Name", "a\x01")) == bad_request);
}

BOOST_AUTO_TEST_CASE(not_exactly_one_host_is_400) {
  test_server server;
  BOOST_TEST(answer_to(server, without("Host")) == bad_request);
  BOOST_TEST(answer_to(server, good().add("Host", "127.0.0.1")) == bad_request);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_none_is_400) {
  test_server server;
  for (const auto* host :
       {"a b", "a/b", "u@a", "a:x", "a:1:2", "::1", "[::1", "<a>", "a%zz"})
    BOOST_TEST_CONTEXT(host)
  BOOST_TEST(answer_to(server, with("Host", host)) == bad_request);
  for (const auto* host : {"", "news.example:8443", "[::1]:80", "a_b", "A."})
    BOOST_TEST_CONTEXT(host)
  BOOST_TEST(answer_to(server, with("Host", host)) == accepted);
  BOOST_TEST(server.logs("a Host that is no host"));
}

BOOST_AUTO_TEST_CASE(two_different_lines_of_authorization_are_400) {
  test_server server;
  const auto two = [&](const std::string& first, const std::string& second) {
    return answer_to(server,
                     with("Authorization", first).add("Authorization", second));
  };
  BOOST_TEST(two("Bearer alice-token", "Bearer bob-token") == bad_request);
  BOOST_TEST(two("Basic YTpi", "Bearer alice-token") == bad_request);
  BOOST_TEST(two("Bearer alice-token", "") == bad_request);
  BOOST_TEST(two("Bearer alice-token", "Bearer alice-token") == accepted);
}

BOOST_AUTO_TEST_CASE(an_empty_line_before_the_request_line_is_skipped) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, "\r\n" + good().str()) == accepted);
  BOOST_TEST(answer_to_bytes(server, "\r\n" + get("/healthz")) == healthy);
  BOOST_TEST(answer_to_bytes(server, "\r\n\r\n" + good().str()) == bad_request);
  // Its bytes do not count.
  BOOST_TEST(answer_to_bytes(server, "\r\n" + head_of(16 * 1024)) == accepted);
  BOOST_TEST(answer_to_bytes(server, "\r\n" + head_of(16 * 1024 + 1))
             == head_too_large);
  test_server small(newsroom::endpoints(), limited([](limits& bounds) {
                      bounds.head_bytes_max = 300;
                    }));
  for (const auto& [bytes, answer] :
       {std::pair{300, accepted}, std::pair{301, head_too_large}}) {
    raw_client client(small.port());
    for (const char byte : "\r\n" + head_of(static_cast<std::size_t>(bytes)))
      client.send_bytes({&byte, 1});
    BOOST_TEST(client.read_http_answer() == answer);
  }
}

// -- the target ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_query_may_have_what_browsers_do_not_escape) {
  channel<fields> seen;
  test_server server({endpoint(
      "/ws/", handler("root").action("look", [&](const request& message) {
        seen.put(message.scope().query);
      }))});
  const auto query_of = [&](const std::string& target) {
    websocket_client client(server.port(), target);
    client.ask(R"({"action":"look"})");
    return seen.take();
  };
  const std::string raw = R"(!$'()*,-./:;?@[\]^_`{|}~)";
  BOOST_TEST((query_of("/ws/?a=" + raw) == fields{{"a", raw}}));
  BOOST_TEST(
      (query_of("/ws/?filter[a]={x|y}&b=100%&c=%zz&d=%2")
       == fields{
           {"filter[a]", "{x|y}"}, {"b", "100%"}, {"c", "%zz"}, {"d", "%2"}}));
  BOOST_TEST(
      (query_of("/ws/?a=%5B%7b+%2B&%") == fields{{"a", "[{ +"}, {"%", ""}}));
  for (const auto* query : {"\"", "<", ">", "#", "\xC3\xA4", "%00", "%ff"})
    BOOST_TEST_CONTEXT(query)
  BOOST_TEST(answer_to(server, opening_text(std::string("/ws/?a=") + query))
             == bad_request);
}

BOOST_AUTO_TEST_CASE(takes_a_target_in_absolute_form) {
  test_server server;
  const auto ask = [&](const std::string& target, const std::string& origin) {
    return answer_to(server, opening_text(target)
                                 .set("Host", "other.example")
                                 .set("Origin", origin));
  };
  // The host of the target counts, and not the header.
  const std::string target = "http://news.example:8080/ws/?token=alice-token";
  BOOST_TEST(ask(target, "http://news.example:8080") == accepted);
  BOOST_TEST(ask(target, "http://other.example") == origin_not_allowed);
  BOOST_TEST(answer_to(server, opening_text("ws://127.0.0.1/ws/")) == accepted);
  BOOST_TEST(answer_to(server, opening_text("http://a/ws/?token=wrong"))
             == bad_credentials);
  BOOST_TEST(answer_to_bytes(server, get("http://a/healthz")) == healthy);
  BOOST_TEST(answer_to(server, opening_text("http://a")) == not_found_answer);
  for (const auto* bad : {"http:///ws/", "http://u@a/ws/", "ftp://a/ws/",
                          "http://a:x/ws/", "http://a/ws/#x"})
    BOOST_TEST_CONTEXT(bad)
  BOOST_TEST(answer_to(server, opening_text(bad)) == bad_request);
  BOOST_TEST(answer_to(server, opening_text("http://a/ws/").drop("Host"))
             == bad_request);
}

// -- health -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_load_balancers_that_it_is_well) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, get("/healthz")) == healthy);
  BOOST_TEST(answer_to_bytes(server, get("/healthz?verbose")) == healthy);
  BOOST_TEST(answer_to_bytes(server, get("/readyz")) == ready);
}

BOOST_AUTO_TEST_CASE(health_takes_what_load_balancers_send) {
  test_server server;
  for (const auto* host : {"", "Host: lb\r\n"})
    for (const auto* version : {" HTTP/1.0\r\n", " HTTP/1.1\r\n"}) {
      const auto rest = std::string(version) + host + "\r\n";
      BOOST_TEST_CONTEXT(rest) {
        // HAProxy's default, and what `option httpchk GET /readyz` sends.
        BOOST_TEST(answer_to_bytes(server, "OPTIONS /readyz" + rest) == ready);
        BOOST_TEST(answer_to_bytes(server, "GET /readyz" + rest) == ready);
        BOOST_TEST(answer_to_bytes(server, "GET /healthz" + rest) == healthy);
        BOOST_TEST(answer_to_head(server, "HEAD /readyz" + rest)
                   == head_of_answer(ready));
        BOOST_TEST(answer_to_head(server, "HEAD /healthz" + rest)
                   == head_of_answer(healthy));
      }
    }
}

BOOST_AUTO_TEST_CASE(other_methods_and_paths_are_no_health_checks) {
  test_server server;
  for (const auto* method : {"DELETE", "POST", "PUT"})
    BOOST_TEST_CONTEXT(method)
  BOOST_TEST(answer_to_bytes(server, std::string(method)
                                         + " /healthz HTTP/1.1\r\n"
                                           "Host: 127.0.0.1\r\n\r\n")
             == not_found_answer);
  BOOST_TEST(answer_to_bytes(server, get("/healthz/"))
             == not_found_but("/healthz"));
  BOOST_TEST(answer_to_bytes(server, get("/readyz/x")) == not_found_answer);
}

BOOST_AUTO_TEST_CASE(health_comes_before_malformed) {
  test_server server;
  for (const auto* head :
       {"GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: a b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nAuthorization: Bearer a\r\n"
        "Authorization: Bearer b\r\n\r\n"})
    BOOST_TEST_CONTEXT(head)
  BOOST_TEST(answer_to_bytes(server, head) == healthy);
  // A target that cannot be read is nobody's, and a head that is no HTTP too.
  for (const auto* head : {"GET /healthz?%00 HTTP/1.0\r\n\r\n",
                           "GET /healthz HTTP/1.1\r\nNa me: x\r\n\r\n"})
    BOOST_TEST_CONTEXT(head)
  BOOST_TEST(answer_to_bytes(server, head) == bad_request);
}

BOOST_AUTO_TEST_CASE(no_answer_to_head_has_a_body) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.head_bytes_max = 300;
                     }));
  test_server hasty(newsroom::endpoints(), limited([](limits& bounds) {
                      bounds.handshake_timeout = 200ms;
                    }));
  const std::string rest = " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const auto hear = [&](const std::string& bytes) {
    return answer_to_head(server, bytes);
  };
  BOOST_TEST(hear("HEAD /ws/" + rest + "\r\n")
             == head_of_answer(upgrade_required));
  BOOST_TEST(hear("HEAD /nowhere" + rest + "\r\n")
             == head_of_answer(not_found_answer));
  BOOST_TEST(hear("HEAD /ws" + rest + "\r\n")
             == head_of_answer(not_found_but("/ws/")));
  BOOST_TEST(hear("HEAD /%00" + rest + "\r\n") == head_of_answer(bad_request));
  BOOST_TEST(hear("\r\nHEAD /ws/" + rest + "Na me: x\r\n\r\n")
             == head_of_answer(bad_request));
  BOOST_TEST(hear("HEAD /ws/ HTTP/1.0\r\n\r\n") == head_of_answer(bad_request));
  BOOST_TEST(hear("HEAD /" + std::string(300, 'x'))
             == head_of_answer(head_too_large));
  BOOST_TEST(answer_to_head(hasty, "HEAD /ws/ HT")
             == head_of_answer(late_head));
  websocket_client client(server.port(), "/ws/");
  server->drain();
  check_drained(client);
  BOOST_TEST(hear("HEAD /readyz" + rest + "\r\n") == head_of_answer(not_ready));
  BOOST_TEST(hear("HEAD /ws/" + rest + "\r\n")
             == head_of_answer(unavailable_answer));
  // The next client is not one that asks with HEAD.
  BOOST_TEST(answer_to_bytes(server, get("/healthz")) == healthy);
}

// -- the connection limit and draining ----------------------------------------

BOOST_AUTO_TEST_CASE(takes_exactly_as_many_connections_as_it_may) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 2;
                     }));
  websocket_client first(server.port(), "/ws/");
  websocket_client second(server.port(), "/ws/");
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(answer_to(server, good()) == unavailable_answer);
  // Those who are in are served.
  BOOST_TEST(first.ask(R"({"action":"ping"})")
             == second.ask(R"({"action":"ping"})"));
  first.say_goodbye();
  BOOST_TEST(eventually([&] { return answer_to(server, good()) == accepted; }));
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_makes_room_too) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 1;
                     }));
  websocket_client first(server.port(), "/ws/");
  BOOST_TEST(answer_to(server, good()) == unavailable_answer);
  first.reset();
  BOOST_TEST(eventually([&] { return answer_to(server, good()) == accepted; }));
}

BOOST_AUTO_TEST_CASE(who_closes_and_keeps_its_socket_makes_room_in_time) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 1;
                       bounds.close_timeout = 100ms;
                     }));
  websocket_client first(server.port(), "/ws/");
  first.send_close();
  BOOST_TEST(first.read_close().code == 1000);
  BOOST_TEST(eventually([&] { return answer_to(server, good()) == accepted; }));
}

BOOST_AUTO_TEST_CASE(the_connection_limit_comes_behind_malformed_and_health) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 1;
                     }));
  websocket_client first(server.port(), "/ws/");
  BOOST_TEST(answer_to_bytes(server, get("/healthz")) == healthy);
  BOOST_TEST(answer_to_bytes(server, get("/readyz")) == ready);
  BOOST_TEST(answer_to(server, without("Host")) == bad_request);
  BOOST_TEST(answer_to_bytes(server, head_of(20'000)) == head_too_large);
}

BOOST_AUTO_TEST_CASE(the_connection_limit_comes_before_all_that_follows) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 1;
                     }));
  websocket_client first(server.port(), "/ws/");
  BOOST_TEST(answer_to(server, opening_text("/nowhere")) == unavailable_answer);
  BOOST_TEST(answer_to_bytes(server, get("/ws/")) == unavailable_answer);
  BOOST_TEST(answer_to(server, with("Authorization", "Bearer wrong"))
             == unavailable_answer);
}

BOOST_AUTO_TEST_CASE(retry_after_is_what_is_configured_in_whole_seconds) {
  test_server server(newsroom::endpoints(), limited([](limits& bounds) {
                       bounds.connections_max = 1;
                       bounds.retry_after = 1001ms;
                     }));
  websocket_client first(server.port(), "/ws/");
  BOOST_TEST(answer_to(server, good())
             == refused("503 Service Unavailable", "Service unavailable",
                        "unavailable", "Retry-After: 2\r\n"));
}

BOOST_AUTO_TEST_CASE(refuses_newcomers_while_it_drains) {
  test_server server;
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(answer_to_bytes(server, get("/readyz")) == ready);
  server->drain();
  check_drained(client);
  BOOST_TEST(answer_to_bytes(server, get("/healthz")) == healthy);
  BOOST_TEST(answer_to_bytes(server, get("/readyz")) == not_ready);
  BOOST_TEST(answer_to(server, good()) == unavailable_answer);
  BOOST_TEST(answer_to(server, opening_text("/nowhere")) == unavailable_answer);
  BOOST_TEST(answer_to(server, without("Host")) == bad_request);
}

BOOST_AUTO_TEST_CASE(a_drain_does_not_wait_for_a_head) {
  test_server server;
  raw_client silent(server.port());
  raw_client slow(server.port());
  slow.send_bytes("GET /ws/ HTTP/1.1\r\nHo");
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(eventually([&] { return server.connection_count() == 3; }));
  server->drain();
  check_drained(client);
  client.send_close(4012);
  client.close();
  BOOST_TEST(server->wait_drained(patience));
  BOOST_TEST(silent.expect_eof());
  // Whether the server had read what came of the head does not matter: the
  // system makes a reset of the end if it had not.
  slow.receive_rest();
  BOOST_TEST(!slow.has_unread());
}

// -- the path -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_whole_path_must_match_an_endpoint) {
  test_server server;
  for (const auto* target :
       {"/", "/ws/x", "/x/ws/", "//ws/", "/WS/", "/ws/?x=/strict/x"})
    BOOST_TEST_CONTEXT(target)
  BOOST_TEST(answer_to(server, opening_text(target))
             == (std::string_view(target).starts_with("/ws/?")
                     ? accepted
                     : not_found_answer));
  BOOST_TEST(answer_to(server, opening_text("/%77s/")) == accepted);
}

BOOST_AUTO_TEST_CASE(a_slash_too_few_or_too_many_is_told) {
  test_server server;
  BOOST_TEST(answer_to(server, opening_text("/ws")) == not_found_but("/ws/"));
  BOOST_TEST(answer_to(server, opening_text("/ws//")) == not_found_but("/ws/"));
  BOOST_TEST(answer_to_bytes(server, get("/strict?token=s3cret"))
             == not_found_but("/strict/"));
  BOOST_TEST(server.logs("404: no such endpoint, but \"/strict/\" exists"));
  BOOST_TEST(server.log().find("s3cret") == std::string::npos);
  test_server bare({endpoint("/ws")});
  BOOST_TEST(answer_to(bare, opening_text("/ws/")) == not_found_but("/ws"));
}

BOOST_AUTO_TEST_CASE(what_comes_behind_a_refusal_is_dropped) {
  test_server server;
  raw_client client(server.port());
  // A ping in the same write, and more once the answer is there.
  client.send_bytes(opening_text("/nowhere").str() + ping_frame());
  BOOST_TEST(client.read_http_answer().starts_with("HTTP/1.1 404 "));
  client.send_bytes(ping_frame() + std::string(100'000, 'x'));
  client.end();
  BOOST_TEST(client.expect_eof());
  // No close code of a WebSocket either.
  BOOST_TEST(server.logs("refused with 404"));
  BOOST_TEST(server.log().find("closed") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_endpoint_that_matches_answers) {
  test_server server({endpoint("/a/(?P<x>[a-z]+)/").subprotocols({"first"}),
                      endpoint("/a/.*").subprotocols({"second"})});
  const auto picked = [&](const std::string& target) {
    return answer_to(server, opening_text(target).set("Sec-WebSocket-Protocol",
                                                      "second, first"));
  };
  BOOST_TEST(picked("/a/b/")
             == switching_protocols("Sec-WebSocket-Protocol: first\r\n"));
  BOOST_TEST(picked("/a/1/")
             == switching_protocols("Sec-WebSocket-Protocol: second\r\n"));
}

BOOST_AUTO_TEST_CASE(the_path_comes_before_the_upgrade) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, get("/nowhere")) == not_found_answer);
  BOOST_TEST(
      answer_to(server,
                opening_text("/nowhere").set("Sec-WebSocket-Version", "8"))
      == not_found_answer);
  BOOST_TEST(
      answer_to(server,
                opening_text("/nowhere").set("Origin", "http://evil.example"))
      == not_found_answer);
}

// -- the upgrade --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_no_upgrade_is_426) {
  test_server server;
  BOOST_TEST(answer_to_bytes(server, get("/ws/")) == upgrade_required);
  BOOST_TEST(answer_to(server, without("Upgrade")) == upgrade_required);
  BOOST_TEST(answer_to(server, without("Connection")) == upgrade_required);
  BOOST_TEST(answer_to(server, with("Upgrade", "h2c")) == upgrade_required);
  BOOST_TEST(answer_to(server, with("Connection", "keep-alive"))
             == upgrade_required);
  BOOST_TEST(answer_to(server, good().line("POST /ws/ HTTP/1.1"))
             == upgrade_required);
}

BOOST_AUTO_TEST_CASE(a_plain_request_with_a_body_is_426_or_404_too) {
  test_server server;
  const auto post = [](const std::string& target) {
    return "POST " + target
           + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
             "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n"
             R"({"action":"ping"})";
  };
  BOOST_TEST(answer_to_bytes(server, post("/ws/")) == upgrade_required);
  BOOST_TEST(answer_to_bytes(server, post("/nowhere")) == not_found_answer);
}

BOOST_AUTO_TEST_CASE(a_body_is_never_read_whatever_its_size) {
  test_server server;
  for (const auto* size : {"1048577", "2000000", "9223372036854775807"}) {
    const auto head = [size](const std::string& target) {
      return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
             + "Content-Length: " + size + "\r\n\r\n";
    };
    BOOST_TEST_CONTEXT(size) {
      BOOST_TEST(answer_to_bytes(server, head("/ws/")) == upgrade_required);
      BOOST_TEST(answer_to_bytes(server, head("/nowhere")) == not_found_answer);
      BOOST_TEST(answer_to_bytes(server, head("/healthz")) == healthy);
      BOOST_TEST(answer_to(server, with("Content-Length", size))
                 == bad_request);
    }
  }
  BOOST_TEST(server.logs("a handshake with a body"));
}

BOOST_AUTO_TEST_CASE(reads_the_upgrade_headers_as_lists_in_any_case) {
  test_server server;
  BOOST_TEST(answer_to(server, with("Connection", "keep-alive, UPGRADE"))
             == accepted);
  BOOST_TEST(answer_to(server, with("Upgrade", "h2c, WebSocket")) == accepted);
  BOOST_TEST(
      answer_to(
          server,
          good().set("Connection", "keep-alive").add("connection", "upgrade"))
      == accepted);
  BOOST_TEST(answer_to(server,
                       good().set("Upgrade", "h2c").add("upgrade", "websocket"))
             == accepted);
}

BOOST_AUTO_TEST_CASE(another_version_is_426_and_names_13) {
  test_server server;
  for (const auto* version : {"8", "0", "14", "13, 8", "x", "013", "-13"})
    BOOST_TEST_CONTEXT(version)
  BOOST_TEST(answer_to(server, with("Sec-WebSocket-Version", version))
             == wrong_version);
  BOOST_TEST(
      answer_to(
          server,
          good().set("Sec-WebSocket-Version", "8").drop("Sec-WebSocket-Key"))
      == wrong_version);
  BOOST_TEST(answer_to(server,
                       good().set("Sec-WebSocket-Version", "8").drop("Upgrade"))
             == upgrade_required);
}

BOOST_AUTO_TEST_CASE(a_missing_version_or_a_bad_key_is_400) {
  test_server server;
  BOOST_TEST(answer_to(server, without("Sec-WebSocket-Version"))
             == bad_handshake);
  BOOST_TEST(answer_to(server, without("Sec-WebSocket-Key")) == bad_handshake);
  for (const auto* key :
       {"", "x", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub24=",
        "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZQ==="})
    BOOST_TEST_CONTEXT(key)
  BOOST_TEST(answer_to(server, with("Sec-WebSocket-Key", key))
             == bad_handshake);
  BOOST_TEST(answer_to(server, good().add("Sec-WebSocket-Key",
                                          "dGhlIHNhbXBsZSBub25jZQ=="))
             == bad_handshake);
}

BOOST_AUTO_TEST_CASE(the_handshake_comes_before_origin_and_credentials) {
  test_server server;
  BOOST_TEST(answer_to(server, without("Sec-WebSocket-Key")
                                   .set("Origin", "http://evil.example"))
             == bad_handshake);
  BOOST_TEST(answer_to(server, without("Sec-WebSocket-Version")
                                   .set("Authorization", "Bearer wrong"))
             == bad_handshake);
  BOOST_TEST(answer_to_bytes(server, get("/strict/")) == upgrade_required);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace opening_suite
